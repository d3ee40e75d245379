//! Checks of a finished item, as far as to say that it passes: whoever does not surely pass is judged elsewhere.

use crate::codes::packed;
use crate::facts::Facts;
use crate::program::{Names, Refusal};
use crate::reader::{Clean, Unclean};
use crate::text::hundredths;
use crate::tree::{Name, Tree, Value};

/// Duties of an adjustment reason under a group, as bits.
const GROUP: u8 = 1;
const WC_GROUP: u8 = 2;
const ELSEWHERE: u8 = 4;
const LINE_ONLY: u8 = 8;
const WHOLE: u8 = 16;
const REMARK: u8 = 32;

/// What a payer says over lines: paid and adjusted, in hundredths; `None` when an amount is missing.
type Said = Option<(i64, i64)>;
/// By payer id.
type Sums<'a> = Vec<(&'a [u8], Said)>;
type Check = fn(&Checks, &Facts, &Tree, u32) -> Clean<()>;

pub struct Checks {
    list: Vec<Check>,
    n: Fields,
}

macro_rules! fields {
    ($($name:ident),*) => {
        struct Fields { $($name: Name),* }
        impl Fields {
            fn new(names: &mut Names) -> Fields {
                Fields { $($name: names.number(stringify!($name))),* }
            }
        }
    };
}

fields!(
    lines,
    charge,
    total_charge,
    adjudications,
    paid_amount,
    adjustments,
    amount,
    payer_id,
    other_payers,
    payer,
    id,
    frequency,
    payer_claim_number,
    accident_causes,
    accident_date,
    patient_responsibility,
    group,
    reason,
    status,
    filing_indicator,
    inpatient_adjudication,
    outpatient_adjudication,
    remark_codes,
    code
);

impl Checks {
    pub fn new(wanted: &[String], names: &mut Names) -> Result<Checks, Refusal> {
        let mut list: Vec<Check> = Vec::new();
        for name in wanted {
            list.push(match name.as_str() {
                "charge_balance" => Checks::charge_balance,
                "cob_balance" => Checks::cob_balance,
                "frequency_reference" => Checks::frequency_reference,
                "accident_date" => Checks::accident_date,
                "remittance_balance" => Checks::remittance_balance,
                "adjustment_codes" => Checks::adjustment_codes,
                _ => return Err(format!("check {name} is not known")),
            });
        }
        Ok(Checks { list, n: Fields::new(names) })
    }

    pub fn run(&self, facts: &Facts, tree: &Tree, item: u32) -> Clean<()> {
        self.list.iter().try_for_each(|check| check(self, facts, tree, item))
    }

    /// CLM02 is the sum of the line charges, when there are lines.
    fn charge_balance(&self, _facts: &Facts, tree: &Tree, item: u32) -> Clean<()> {
        let (Some(lines), Some(total)) = (list(tree, item, self.n.lines)?, amount(tree, item, self.n.total_charge)?) else { return Ok(()) };
        let mut sum = 0;
        for line in objects(tree, lines) {
            match amount(tree, line?, self.n.charge)? {
                Some(charge) => sum += charge,
                None => return Ok(()),
            }
        }
        well(sum == total)
    }

    /// Frequency 7 (replacement) and 8 (void) name the claim they are for.
    fn frequency_reference(&self, _facts: &Facts, tree: &Tree, item: u32) -> Clean<()> {
        let refers = matches!(text(tree, item, self.n.frequency)?, Some(b"7" | b"8"));
        well(!refers || tree.find(item, self.n.payer_claim_number).is_some())
    }

    /// An accident among the causes has its date.
    fn accident_date(&self, _facts: &Facts, tree: &Tree, item: u32) -> Clean<()> {
        if tree.find(item, self.n.accident_date).is_some() {
            return Ok(());
        }
        let Some(causes) = list(tree, item, self.n.accident_causes)? else { return Ok(()) };
        let accident = tree.iter(causes).any(|(_, cause)| matches!(tree.text(cause), None | Some(b"AA" | b"OA")));
        well(!accident)
    }

    /// What each prior payer paid and adjusted explains the charge: at every line it adjudicated, and over the claim.
    fn cob_balance(&self, _facts: &Facts, tree: &Tree, item: u32) -> Clean<()> {
        let mut claim: Sums = Vec::new();
        if let Some(lines) = list(tree, item, self.n.lines)? {
            for line in objects(tree, lines) {
                let line = line?;
                if let Some(adjudications) = list(tree, line, self.n.adjudications)? {
                    let sums = self.line_sums(tree, adjudications)?;
                    let charge = amount(tree, line, self.n.charge)?;
                    for (payer, said) in sums {
                        if let (Some(charge), Some((paid, adjusted))) = (charge, said) {
                            well(paid + adjusted == charge)?;
                        }
                        add(&mut claim, payer, said);
                    }
                }
            }
        }
        let Some(payers) = list(tree, item, self.n.other_payers)? else { return Ok(()) };
        let mut named = Vec::new();
        for payer in objects(tree, payers) {
            let payer = payer?;
            let id = match tree.find(payer, self.n.payer) {
                Some(Value::Object(held)) => text(tree, held, self.n.id)?.unwrap_or(b""),
                Some(_) => return Err(Unclean),
                None => b"",
            };
            named.push((payer, id));
        }
        for &(payer, id) in &named {
            if named.iter().filter(|(_, other)| *other == id).count() == 1 {
                let said = claim.iter().find(|(held, _)| *held == id);
                self.claim_balance(tree, item, payer, said.map_or(Some((0, 0)), |(_, said)| *said), said.is_some())?;
            }
        }
        Ok(())
    }

    fn line_sums<'a>(&self, tree: &'a Tree, adjudications: u32) -> Clean<Sums<'a>> {
        let mut sums = Vec::new();
        for adjudication in objects(tree, adjudications) {
            let adjudication = adjudication?;
            let paid = amount(tree, adjudication, self.n.paid_amount)?;
            let adjusted = self.adjusted(tree, adjudication)?;
            let payer = text(tree, adjudication, self.n.payer_id)?.unwrap_or(b"");
            add(&mut sums, payer, paid.zip(adjusted));
        }
        Ok(sums)
    }

    /// Sum of the CAS amounts; `None` when one has none.
    fn adjusted(&self, tree: &Tree, holder: u32) -> Clean<Option<i64>> {
        let mut sum = Some(0);
        if let Some(adjustments) = list(tree, holder, self.n.adjustments)? {
            for adjustment in objects(tree, adjustments) {
                let held = amount(tree, adjustment?, self.n.amount)?;
                sum = sum.zip(held).map(|(sum, held)| sum + held);
            }
        }
        Ok(sum)
    }

    fn claim_balance(&self, tree: &Tree, item: u32, payer: u32, said: Said, has_lines: bool) -> Clean<()> {
        let adjustments = list(tree, payer, self.n.adjustments)?.is_some();
        let (Some((line_paid, line_adjusted)), true) = (said, has_lines || adjustments) else { return Ok(()) };
        let (paid, total) = (amount(tree, payer, self.n.paid_amount)?, amount(tree, item, self.n.total_charge)?);
        let (Some(paid), Some(total), Some(at_claim)) = (paid, total, self.adjusted(tree, payer)?) else { return Ok(()) };
        well(paid + at_claim + line_adjusted == total && (!has_lines || line_paid - at_claim == paid))
    }

    /// Line, claim and lines to claim balance; patient responsibility is the sum of group PR, which a reversal need not say.
    fn remittance_balance(&self, _facts: &Facts, tree: &Tree, item: u32) -> Clean<()> {
        let (Some(charge), Some(paid)) = (amount(tree, item, self.n.total_charge)?, amount(tree, item, self.n.paid_amount)?) else {
            return Err(Unclean);
        };
        let (at_claim, mut patient) = self.adjusted_and_patient(tree, item)?;
        let (mut charges, mut at_lines) = (0, 0);
        if let Some(lines) = list(tree, item, self.n.lines)? {
            for line in objects(tree, lines) {
                let line = line?;
                let (Some(line_charge), Some(line_paid)) = (amount(tree, line, self.n.charge)?, amount(tree, line, self.n.paid_amount)?) else {
                    return Err(Unclean);
                };
                let (total, of_patient) = self.adjusted_and_patient(tree, line)?;
                well(line_charge - total == line_paid)?;
                charges += line_charge;
                at_lines += total;
                patient += of_patient;
            }
            well(charges == charge)?;
        }
        well(charge - at_claim - at_lines == paid)?;
        let stated = amount(tree, item, self.n.patient_responsibility)?.unwrap_or(0);
        well(stated == patient || text(tree, item, self.n.status)? == Some(b"22"))
    }

    fn adjusted_and_patient(&self, tree: &Tree, holder: u32) -> Clean<(i64, i64)> {
        let (mut total, mut patient) = (0, 0);
        if let Some(adjustments) = list(tree, holder, self.n.adjustments)? {
            for adjustment in objects(tree, adjustments) {
                let adjustment = adjustment?;
                let held = amount(tree, adjustment, self.n.amount)?.ok_or(Unclean)?;
                total += held;
                if text(tree, adjustment, self.n.group)?.ok_or(Unclean)? == b"PR" {
                    patient += held;
                }
            }
        }
        Ok((total, patient))
    }

    /// Rules of adjustment reason codes: known, group, place, whole charge, remark.
    fn adjustment_codes(&self, facts: &Facts, tree: &Tree, item: u32) -> Clean<()> {
        self.codes_at(facts, tree, item, item, self.n.total_charge, None)?;
        if let Some(lines) = list(tree, item, self.n.lines)? {
            for line in objects(tree, lines) {
                let line = line?;
                self.codes_at(facts, tree, item, line, self.n.charge, Some(line))?;
            }
        }
        Ok(())
    }

    fn codes_at(&self, facts: &Facts, tree: &Tree, item: u32, holder: u32, charge: Name, line: Option<u32>) -> Clean<()> {
        let Some(adjustments) = list(tree, holder, self.n.adjustments)? else { return Ok(()) };
        for adjustment in objects(tree, adjustments) {
            let adjustment = adjustment?;
            let Some(reason) = text(tree, adjustment, self.n.reason)? else { continue };
            let (group, reason) = (text(tree, adjustment, self.n.group)?.map_or(0, packed), packed(reason));
            let duties = facts.duties.get(&(group, reason)).or_else(|| facts.duties.get(&(0, reason)));
            let duties = *duties.ok_or(Unclean)?;
            if duties == 0 {
                continue;
            }
            well(duties & (GROUP | ELSEWHERE) == 0)?;
            well(duties & WC_GROUP == 0 || text(tree, item, self.n.filing_indicator)? == Some(b"WC"))?;
            well(duties & LINE_ONLY == 0 || line.is_some())?;
            if duties & WHOLE != 0 {
                let (whole, said) = (text(tree, holder, charge)?, text(tree, adjustment, self.n.amount)?);
                well(whole.is_none() || whole == Some(b"0.00") || whole != said)?;
            }
            well(duties & REMARK == 0 || self.has_remark(facts, tree, item, line)?)?;
        }
        Ok(())
    }

    /// A remark that is not an alert, at the line or at the claim.
    fn has_remark(&self, facts: &Facts, tree: &Tree, item: u32, line: Option<u32>) -> Clean<bool> {
        if let Some(line) = line {
            if let Some(remarks) = list(tree, line, self.n.remark_codes)? {
                for remark in objects(tree, remarks) {
                    if !facts.alerts.contains(text(tree, remark?, self.n.code)?.unwrap_or(b"")) {
                        return Ok(true);
                    }
                }
            }
        }
        for name in [self.n.inpatient_adjudication, self.n.outpatient_adjudication] {
            let Some(held) = tree.find(item, name) else { continue };
            let Value::Object(held) = held else { return Err(Unclean) };
            if let Some(codes) = list(tree, held, self.n.remark_codes)? {
                for (_, code) in tree.iter(codes) {
                    if !facts.alerts.contains(tree.text(code).ok_or(Unclean)?) {
                        return Ok(true);
                    }
                }
            }
        }
        Ok(false)
    }
}

pub fn well(holds: bool) -> Clean<()> {
    if holds {
        Ok(())
    } else {
        Err(Unclean)
    }
}

fn add<'a>(sums: &mut Sums<'a>, payer: &'a [u8], said: Said) {
    match sums.iter_mut().find(|(held, _)| *held == payer) {
        Some((_, sum)) => *sum = sum.zip(said).map(|(a, b)| (a.0 + b.0, a.1 + b.1)),
        None => sums.push((payer, said)),
    }
}

/// A list that holds something.
pub fn list(tree: &Tree, node: u32, name: Name) -> Clean<Option<u32>> {
    match tree.find(node, name) {
        None => Ok(None),
        Some(Value::List(list)) => Ok(Some(list).filter(|&list| !tree.is_empty(list))),
        Some(_) => Err(Unclean),
    }
}

pub fn objects(tree: &Tree, list: u32) -> impl Iterator<Item = Clean<u32>> + '_ {
    tree.iter(list).map(|(_, value)| match value {
        Value::Object(node) => Ok(node),
        _ => Err(Unclean),
    })
}

/// An amount in hundredths; unclean when it is one that cannot be calculated with here.
fn amount(tree: &Tree, node: u32, name: Name) -> Clean<Option<i64>> {
    match text(tree, node, name)? {
        None => Ok(None),
        Some(text) => hundredths(text).map(Some).ok_or(Unclean),
    }
}

pub fn text(tree: &Tree, node: u32, name: Name) -> Clean<Option<&[u8]>> {
    match tree.find(node, name) {
        None => Ok(None),
        Some(value) => tree.text(value).map(Some).ok_or(Unclean),
    }
}

/// An amount as text; nothing is an amount of zero.
pub fn amount_text(tree: &Tree, node: u32, name: Name) -> Clean<&[u8]> {
    Ok(text(tree, node, name)?.unwrap_or(b"0.00"))
}
