//! Rules between the segments of an item and the codes in it, as far as to say that nothing is to be found: the rest is judged elsewhere.

use crate::checks::{amount_text, list, objects, text, well};
use crate::facts::{Facts, Memory};
use crate::lane::Slot;
use crate::machine::Slot as SlotName;
use crate::program::{Names, Refusal};
use crate::reader::{Clean, Unclean};
use crate::tree::{mask_of, Name, Tree, Value};

macro_rules! names {
    ($kind:ident, $number:ty, $source:ident, $($name:ident),*) => {
        struct $kind { $($name: $number),* }
        impl $kind {
            fn new($source: &mut impl FnMut(&str) -> Result<$number, Refusal>) -> Result<$kind, Refusal> {
                Ok($kind { $($name: $source(stringify!($name))?),* })
            }
        }
    };
}

names!(
    Fields,
    Name,
    source,
    accident_causes,
    accident_country,
    accident_date,
    accident_state,
    address_line1,
    adjudications,
    adjustments,
    admission_date,
    assumed_care_date,
    attachments,
    birth_date,
    city,
    code,
    condition_codes,
    control_number,
    country,
    created_date,
    diagnoses,
    diagnosis_pointers,
    discharge_date,
    drg,
    drugs,
    end,
    entity_type,
    facility_type,
    filing_indicator,
    frequency,
    id,
    inpatient_adjudication,
    insurance_type,
    last_worked_date,
    lines,
    modifiers,
    occurrence_spans,
    occurrences,
    onset_date,
    original_procedure,
    other_payers,
    outpatient_adjudication,
    paid_amount,
    patient_status,
    payer,
    payer_id,
    payer_responsibility,
    place_of_service,
    postal_code,
    present_on_admission,
    procedure,
    procedures,
    qualifier,
    reason,
    references,
    referring_providers,
    relationship,
    relinquished_care_date,
    remark_codes,
    return_to_work_date,
    revenue_code,
    service_end_date,
    service_period,
    service_start_date,
    sex,
    social_security_number,
    start,
    state,
    statement_end_date,
    statement_period,
    statement_start_date,
    status,
    tax_id,
    taxonomy,
    tooth,
    total_charge,
    value,
    values,
    rendering_provider,
    attending_provider,
    operating_provider,
    other_operating_provider,
    supervising_provider,
    assistant_surgeon,
    service_facility
);

names!(
    Forms,
    u8,
    source,
    clia,
    cpt,
    hcpcs,
    cdt,
    modifier,
    revenue,
    ndc,
    drg,
    pos,
    facility_type,
    frequency,
    two,
    patient_status,
    poa,
    taxonomy,
    zip,
    state,
    country,
    rarc,
    ein,
    ssn,
    tooth
);

const CLAIM_RULES: [&str; 14] = [
    "accident_state",
    "admission_date",
    "ambulance",
    "attachment_number",
    "prior_payers",
    "date_order",
    "service_in_future",
    "diagnosis_pointers",
    "line_in_statement",
    "medicare_second",
    "patient_level",
    "patient_details",
    "payer_sequence",
    "claim_codes",
];
const REMITTANCE_RULES: [&str; 4] = ["reversal_sign", "predetermination_paid", "remittance_dates", "remittance_codes"];
const ICD10_FROM: &[u8] = b"2015-10-01";
const INPATIENT_PLACES: [&[u8]; 3] = [b"21", b"51", b"61"];
const INPATIENT_BILLS: [&[u8]; 4] = [b"11", b"18", b"21", b"41"];
const AMBULANCE_PLACES: [&[u8]; 2] = [b"41", b"42"];
const SHORTEST_ZIP: usize = 3;

enum Kind {
    Claim,
    Remittance,
}

pub struct Clear {
    kind: Option<Kind>,
    n: Fields,
    f: Forms,
    providers: [Name; 7],
    people: u64,
    transaction: Option<usize>,
    coverage: Option<usize>,
    subscriber: Option<usize>,
    patient: Option<usize>,
    parties: Vec<usize>,
}

/// An item as the rules see it: its fields, the objects around it, and what was looked up before.
pub struct View<'a> {
    pub tree: &'a Tree,
    pub slots: &'a [Slot],
    pub facts: &'a Facts,
    pub memory: &'a mut Memory,
}

type Days<'a> = (&'a [u8], &'a [u8]);

fn day(text: &[u8]) -> &[u8] {
    &text[..text.len().min(10)]
}

/// In order where both are there.
fn ordered(earlier: &[u8], later: &[u8]) -> Clean<()> {
    well(earlier.is_empty() || later.is_empty() || later >= earlier)
}

fn is_ambulance(code: &[u8]) -> bool {
    code == b"A0225" || (code.len() == 5 && (&b"A0380"[..]..=&b"A0436"[..]).contains(&code))
}

impl Clear {
    /// The rules of an event kind; an error when they are not those that this engine knows.
    pub fn new(event: &str, names: &mut Names, facts: &Facts, slots: &[SlotName]) -> Result<Clear, Refusal> {
        let rules: Vec<&str> = facts.rules.get(event).map(|rules| rules.iter().map(String::as_str).collect()).unwrap_or_default();
        let kind = match event {
            "claim.submitted" if rules == CLAIM_RULES => Some(Kind::Claim),
            "claim.adjudicated" if rules == REMITTANCE_RULES => Some(Kind::Remittance),
            _ if rules.is_empty() => None,
            _ => return Err(format!("the rules of {event} are not known")),
        };
        let n = Fields::new(&mut |name| Ok(names.number(name)))?;
        let f = Forms::new(&mut |name| facts.form(name))?;
        let slot = |name: &str| slots.iter().position(|slot| slot.name == name);
        let providers = [
            n.rendering_provider,
            n.attending_provider,
            n.operating_provider,
            n.other_operating_provider,
            n.supervising_provider,
            n.assistant_surgeon,
            n.service_facility,
        ];
        let parties = ["billing_provider", "pay_to_address", "subscriber", "payer", "patient"].into_iter().filter_map(slot).collect();
        Ok(Clear {
            kind,
            people: mask_of(&providers) | mask_of(&[n.referring_providers, n.references]),
            providers,
            transaction: slot("transaction"),
            coverage: slot("coverage"),
            subscriber: slot("subscriber"),
            patient: slot("patient"),
            parties,
            n,
            f,
        })
    }

    pub fn run(&self, view: &mut View) -> Clean<()> {
        match self.kind {
            Some(Kind::Claim) => self.claim(view),
            Some(Kind::Remittance) => self.remittance(view),
            None => Ok(()),
        }
    }

    // -- a submitted claim

    fn claim(&self, view: &mut View) -> Clean<()> {
        let tree = view.tree;
        let lines = list(tree, 0, self.n.lines)?;
        let days = self.service_days(tree, lines)?;
        self.situations(view)?;
        self.dates(view, lines, days)?;
        self.levels(view)?;
        self.claim_codes(view)?;
        let count = match list(tree, 0, self.n.diagnoses)? {
            Some(diagnoses) => tree.iter(diagnoses).count(),
            None => 0,
        };
        if let Some(lines) = lines {
            for line in objects(tree, lines) {
                self.claim_line(view, line?, count)?;
            }
        }
        Ok(())
    }

    fn get<'a>(&self, tree: &'a Tree, node: u32, name: Name) -> Clean<&'a [u8]> {
        Ok(text(tree, node, name)?.unwrap_or(b""))
    }

    fn object(&self, tree: &Tree, node: u32, name: Name) -> Clean<Option<u32>> {
        match tree.find(node, name) {
            None => Ok(None),
            Some(Value::Object(held)) => Ok(Some(held)),
            Some(_) => Err(Unclean),
        }
    }

    fn period<'a>(&self, tree: &'a Tree, node: u32, name: Name) -> Clean<Option<Days<'a>>> {
        let Some(held) = self.object(tree, node, name)? else { return Ok(None) };
        let start = text(tree, held, self.n.start)?.ok_or(Unclean)?;
        Ok(Some((day(start), day(text(tree, held, self.n.end)?.unwrap_or(start)))))
    }

    /// First and last day of service: the statement dates, else the claim's own, else those of its lines.
    fn service_days<'a>(&self, tree: &'a Tree, lines: Option<u32>) -> Clean<Days<'a>> {
        for name in [self.n.statement_period, self.n.service_period] {
            if let Some(days) = self.period(tree, 0, name)? {
                return Ok(days);
            }
        }
        let (mut first, mut last): Days = (b"", b"");
        if let Some(lines) = lines {
            for line in objects(tree, lines) {
                if let Some((start, end)) = self.period(tree, line?, self.n.service_period)? {
                    first = if first.is_empty() || start < first { start } else { first };
                    last = last.max(end);
                }
            }
        }
        Ok((first, last))
    }

    fn situations(&self, view: &mut View) -> Clean<()> {
        let tree = view.tree;
        if let Some(causes) = list(tree, 0, self.n.accident_causes)? {
            let named = tree.find(0, self.n.accident_state).is_some() || tree.find(0, self.n.accident_country).is_some();
            well(named || tree.iter(causes).all(|(_, cause)| tree.text(cause).is_some_and(|cause| cause != b"AA")))?;
        }
        let place = self.get(tree, 0, self.n.place_of_service)?;
        let inpatient = INPATIENT_PLACES.contains(&place) || INPATIENT_BILLS.contains(&self.get(tree, 0, self.n.facility_type)?);
        well(!inpatient || tree.find(0, self.n.admission_date).is_some())?;
        well(!AMBULANCE_PLACES.contains(&place))?;
        self.attachments(tree, 0)
    }

    fn attachments(&self, tree: &Tree, node: u32) -> Clean<()> {
        let Some(attachments) = list(tree, node, self.n.attachments)? else { return Ok(()) };
        objects(tree, attachments).try_for_each(|attachment| well(tree.find(attachment?, self.n.control_number).is_some()))
    }

    fn dates(&self, view: &mut View, lines: Option<u32>, (first, last): Days) -> Clean<()> {
        let tree = view.tree;
        let slot = |number: Option<usize>| number.map(|at| &view.slots[at]).filter(|slot| slot.there && !slot.tree.is_empty(0));
        let born = match slot(self.patient).or_else(|| slot(self.subscriber)) {
            Some(slot) => day(self.get(&slot.tree, 0, self.n.birth_date)?),
            None => b"",
        };
        let made = match slot(self.transaction) {
            Some(slot) => self.get(&slot.tree, 0, self.n.created_date)?,
            None => b"",
        };
        let of = |name| self.get(tree, 0, name).map(day);
        let admitted = of(self.n.admission_date)?;
        let statement = self.period(tree, 0, self.n.statement_period)?;
        ordered(born, first)?;
        ordered(of(self.n.accident_date)?, last)?;
        ordered(admitted, of(self.n.discharge_date)?)?;
        ordered(of(self.n.onset_date)?, last)?;
        ordered(of(self.n.last_worked_date)?, of(self.n.return_to_work_date)?)?;
        ordered(of(self.n.assumed_care_date)?, of(self.n.relinquished_care_date)?)?;
        if let Some((start, end)) = statement {
            ordered(admitted, end)?;
            well(made.is_empty() || start <= made)?;
        }
        if let Some(lines) = lines {
            for line in objects(tree, lines) {
                if let Some((start, end)) = self.period(tree, line?, self.n.service_period)? {
                    well(made.is_empty() || start <= made)?;
                    well(statement.is_none_or(|(from, to)| from <= start && end <= to))?;
                }
            }
        }
        if first.is_empty() {
            return Ok(());
        }
        // Claims from before the change of code sets are rare enough to be looked at closely.
        well(first >= ICD10_FROM)?;
        for name in [self.n.diagnoses, self.n.procedures] {
            if let Some(coded) = list(tree, 0, name)? {
                for entry in objects(tree, coded) {
                    well(!view.facts.old.contains(&crate::codes::packed(self.get(tree, entry?, self.n.qualifier)?)))?;
                }
            }
        }
        Ok(())
    }

    fn levels(&self, view: &mut View) -> Clean<()> {
        let slot =
            |number: Option<usize>| number.map(|at| &view.slots[at]).filter(|slot| slot.there && !slot.tree.is_empty(0)).map(|slot| &slot.tree);
        let (patient, mut own, mut relationship): (bool, &[u8], &[u8]) = (slot(self.patient).is_some(), b"U", b"");
        if let Some(coverage) = slot(self.coverage) {
            relationship = self.get(coverage, 0, self.n.relationship)?;
            well((relationship == b"18") != patient)?;
            let said = text(coverage, 0, self.n.payer_responsibility)?;
            own = said.unwrap_or(b"U");
            let medicare = matches!(self.get(coverage, 0, self.n.filing_indicator)?, b"MA" | b"MB");
            let second = said.unwrap_or(b"P") != b"P" && coverage.find(0, self.n.insurance_type).is_none();
            well(!(medicare && second) || view.tree.find(0, self.n.facility_type).is_some())?;
        }
        if let (Some(subscriber), false, b"18") = (slot(self.subscriber), patient, relationship) {
            let has = |names: &[Name]| names.iter().any(|&name| subscriber.find(0, name).is_some());
            let address = has(&[self.n.address_line1]) && has(&[self.n.city, self.n.state, self.n.postal_code]);
            let details = address && has(&[self.n.birth_date, self.n.sex]);
            well(details || self.get(subscriber, 0, self.n.entity_type)? == b"2")?;
        }
        self.payer_sequence(view.tree, own)
    }

    fn payer_sequence(&self, tree: &Tree, own: &[u8]) -> Clean<()> {
        let (mut seen, mut held, mut count) = (0u32, 0, 1);
        let mut add = |place: &[u8]| {
            let [letter] = place else { return Err(Unclean) };
            if b"PSTABCDEFGH".contains(letter) {
                let bit = 1 << (letter - b'A');
                well(seen & bit == 0)?;
                seen |= bit;
                held += 1;
            }
            Ok(())
        };
        add(own)?;
        if let Some(payers) = list(tree, 0, self.n.other_payers)? {
            for payer in objects(tree, payers) {
                add(text(tree, payer?, self.n.payer_responsibility)?.unwrap_or(b"U"))?;
                count += 1;
            }
        }
        well(held < count || seen & 1 << (b'P' - b'A') != 0)
    }

    fn claim_codes(&self, view: &mut View) -> Clean<()> {
        let tree = view.tree;
        for (name, form) in [
            (self.n.place_of_service, self.f.pos),
            (self.n.facility_type, self.f.facility_type),
            (self.n.frequency, self.f.frequency),
            (self.n.accident_state, self.f.state),
            (self.n.patient_status, self.f.patient_status),
            (self.n.drg, self.f.drg),
        ] {
            self.coded(view, tree, 0, name, form)?;
        }
        for name in [self.n.diagnoses, self.n.procedures] {
            if let Some(coded) = list(tree, 0, name)? {
                for entry in objects(tree, coded) {
                    let entry = entry?;
                    if let Some(form) = view.facts.diagnosis_form(self.get(tree, entry, self.n.qualifier)?) {
                        self.coded(view, tree, entry, self.n.code, form)?;
                    }
                    self.coded(view, tree, entry, self.n.present_on_admission, self.f.poa)?;
                }
            }
        }
        for name in [self.n.condition_codes, self.n.occurrences, self.n.occurrence_spans, self.n.values] {
            if let Some(coded) = list(tree, 0, name)? {
                for entry in objects(tree, coded) {
                    self.coded(view, tree, entry?, self.n.code, self.f.two)?;
                }
            }
        }
        self.people(view, 0)?;
        let slots = view.slots;
        for &number in &self.parties {
            let slot = &slots[number];
            if slot.there {
                self.coded(view, &slot.tree, 0, self.n.taxonomy, self.f.taxonomy)?;
                self.coded(view, &slot.tree, 0, self.n.tax_id, self.f.ein)?;
                self.coded(view, &slot.tree, 0, self.n.social_security_number, self.f.ssn)?;
                self.address(view, &slot.tree, 0)?;
            }
        }
        if let Some(payers) = list(tree, 0, self.n.other_payers)? {
            for payer in objects(tree, payers) {
                self.decided(view, payer?)?;
            }
        }
        Ok(())
    }

    /// Providers and references of a claim or a line.
    fn people(&self, view: &mut View, node: u32) -> Clean<()> {
        let tree = view.tree;
        if !tree.may_have(node, self.people) {
            return Ok(());
        }
        for name in self.providers {
            if let Some(provider) = self.object(tree, node, name)? {
                self.coded(view, tree, provider, self.n.taxonomy, self.f.taxonomy)?;
                self.address(view, tree, provider)?;
            }
        }
        if let Some(providers) = list(tree, node, self.n.referring_providers)? {
            for provider in objects(tree, providers) {
                self.coded(view, tree, provider?, self.n.taxonomy, self.f.taxonomy)?;
            }
        }
        if let Some(references) = list(tree, node, self.n.references)? {
            for reference in objects(tree, references) {
                let reference = reference?;
                if matches!(self.get(tree, reference, self.n.qualifier)?, b"X4" | b"F4") {
                    self.coded(view, tree, reference, self.n.value, self.f.clia)?;
                }
            }
        }
        Ok(())
    }

    /// What is there has the form of its code set.
    fn coded(&self, view: &mut View, tree: &Tree, node: u32, name: Name, form: u8) -> Clean<()> {
        match text(tree, node, name)? {
            None => Ok(()),
            Some(code) => well(view.facts.has_form(form, code, view.memory)),
        }
    }

    fn address(&self, view: &mut View, tree: &Tree, node: u32) -> Clean<()> {
        if !matches!(text(tree, node, self.n.country)?.unwrap_or(b"US"), b"US" | b"USA") {
            return self.coded(view, tree, node, self.n.country, self.f.country);
        }
        self.coded(view, tree, node, self.n.state, self.f.state)?;
        let zip = self.get(tree, node, self.n.postal_code)?;
        if zip.len() < SHORTEST_ZIP || view.facts.provinces.contains(self.get(tree, node, self.n.state)?) {
            return Ok(());
        }
        well(view.facts.has_form(self.f.zip, zip, view.memory))
    }

    /// Adjustments and remarks of a payer that has decided.
    fn decided(&self, view: &mut View, node: u32) -> Clean<()> {
        let tree = view.tree;
        if let Some(adjustments) = list(tree, node, self.n.adjustments)? {
            for adjustment in objects(tree, adjustments) {
                if let Some(reason) = text(tree, adjustment?, self.n.reason)? {
                    well(view.facts.duties.contains_key(&(0, crate::codes::packed(reason))))?;
                }
            }
        }
        self.remarks(view, node)
    }

    fn remarks(&self, view: &mut View, node: u32) -> Clean<()> {
        let tree = view.tree;
        for name in [self.n.inpatient_adjudication, self.n.outpatient_adjudication] {
            if let Some(held) = self.object(tree, node, name)? {
                if let Some(codes) = list(tree, held, self.n.remark_codes)? {
                    for (_, code) in tree.iter(codes) {
                        well(view.facts.has_form(self.f.rarc, tree.text(code).ok_or(Unclean)?, view.memory))?;
                    }
                }
            }
        }
        Ok(())
    }

    fn procedure(&self, view: &mut View, node: u32, name: Name) -> Clean<()> {
        let tree = view.tree;
        let Some(procedure) = self.object(tree, node, name)? else { return Ok(()) };
        let code = self.get(tree, procedure, self.n.code)?;
        let sets = [self.f.cdt, self.f.hcpcs, self.f.cpt];
        if let Some(form) = view.facts.procedure_form(self.get(tree, procedure, self.n.qualifier)?, code, sets) {
            well(code.is_empty() || view.facts.has_form(form, code, view.memory))?;
        }
        if let Some(modifiers) = list(tree, procedure, self.n.modifiers)? {
            for (_, modifier) in tree.iter(modifiers) {
                well(view.facts.has_form(self.f.modifier, tree.text(modifier).ok_or(Unclean)?, view.memory))?;
            }
        }
        Ok(())
    }

    fn claim_line(&self, view: &mut View, line: u32, diagnoses: usize) -> Clean<()> {
        let tree = view.tree;
        self.procedure(view, line, self.n.procedure)?;
        if let Some(procedure) = self.object(tree, line, self.n.procedure)? {
            well(!is_ambulance(self.get(tree, procedure, self.n.code)?))?;
        }
        self.coded(view, tree, line, self.n.revenue_code, self.f.revenue)?;
        self.coded(view, tree, line, self.n.place_of_service, self.f.pos)?;
        self.attachments(tree, line)?;
        if let Some(drugs) = list(tree, line, self.n.drugs)? {
            for drug in objects(tree, drugs) {
                let drug = drug?;
                if self.get(tree, drug, self.n.qualifier)? == b"N4" {
                    self.coded(view, tree, drug, self.n.code, self.f.ndc)?;
                }
            }
        }
        if let Some(teeth) = list(tree, line, self.n.tooth)? {
            for tooth in objects(tree, teeth) {
                let tooth = tooth?;
                if self.get(tree, tooth, self.n.qualifier)? == b"JP" {
                    self.coded(view, tree, tooth, self.n.code, self.f.tooth)?;
                }
            }
        }
        if let Some(pointers) = list(tree, line, self.n.diagnosis_pointers)? {
            for (_, pointer) in tree.iter(pointers) {
                let pointed = match tree.text(pointer) {
                    Some([one @ b'1'..=b'9']) => usize::from(one - b'0'),
                    Some([ten @ b'1'..=b'9', one @ b'0'..=b'9']) => usize::from(ten - b'0') * 10 + usize::from(one - b'0'),
                    _ => return Err(Unclean),
                };
                well(pointed <= diagnoses)?;
            }
        }
        self.people(view, line)?;
        self.prior(view, line)
    }

    /// Decisions of prior payers on a line: each names a payer of the claim, and their codes are well.
    fn prior(&self, view: &mut View, line: u32) -> Clean<()> {
        let tree = view.tree;
        let Some(decisions) = list(tree, line, self.n.adjudications)? else { return Ok(()) };
        for decision in objects(tree, decisions) {
            let decision = decision?;
            if let Some(id) = text(tree, decision, self.n.payer_id)? {
                well(self.is_payer(tree, id)?)?;
            }
            self.procedure(view, decision, self.n.procedure)?;
            self.coded(view, tree, decision, self.n.revenue_code, self.f.revenue)?;
            self.decided(view, decision)?;
        }
        Ok(())
    }

    fn is_payer(&self, tree: &Tree, wanted: &[u8]) -> Clean<bool> {
        let Some(payers) = list(tree, 0, self.n.other_payers)? else { return Ok(false) };
        for payer in objects(tree, payers) {
            if let Some(held) = self.object(tree, payer?, self.n.payer)? {
                if text(tree, held, self.n.id)? == Some(wanted) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    // -- an adjudicated claim

    fn remittance(&self, view: &mut View) -> Clean<()> {
        let tree = view.tree;
        let status = self.get(tree, 0, self.n.status)?;
        let (charge, paid) = (amount_text(tree, 0, self.n.total_charge)?, amount_text(tree, 0, self.n.paid_amount)?);
        well(status != b"22" || [charge, paid].iter().all(|amount| amount.starts_with(b"-") || is_zero(amount)))?;
        well(status != b"25" || is_zero(paid))?;
        ordered(self.get(tree, 0, self.n.statement_start_date)?, self.get(tree, 0, self.n.statement_end_date)?)?;
        self.coded(view, tree, 0, self.n.drg, self.f.drg)?;
        self.remarks(view, 0)?;
        let Some(lines) = list(tree, 0, self.n.lines)? else { return Ok(()) };
        for line in objects(tree, lines) {
            let line = line?;
            ordered(self.get(tree, line, self.n.service_start_date)?, self.get(tree, line, self.n.service_end_date)?)?;
            self.procedure(view, line, self.n.procedure)?;
            self.procedure(view, line, self.n.original_procedure)?;
            self.coded(view, tree, line, self.n.revenue_code, self.f.revenue)?;
            if let Some(remarks) = list(tree, line, self.n.remark_codes)? {
                for remark in objects(tree, remarks) {
                    let remark = remark?;
                    if self.get(tree, remark, self.n.qualifier)? == b"HE" {
                        self.coded(view, tree, remark, self.n.code, self.f.rarc)?;
                    }
                }
            }
        }
        Ok(())
    }
}

fn is_zero(amount: &[u8]) -> bool {
    amount.iter().all(|c| b"-0.".contains(c))
}
