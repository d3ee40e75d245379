import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Claims of an 837P and payments of an 835 from their segments, one JSON line each. Every part carries its segment ordinal and character offset.
 * A claim is written when the next segment that cannot belong to it comes: CLM, CLP, HL, PLB, LX of an 835, SE.
 */
final class Claims {
    private final OutputStream out;
    private final Json claim = new Json();
    private final Json providers = new Json();
    private final Json diagnoses = new Json();
    private final Json references = new Json();
    private final Json dates = new Json();
    private final Json adjustments = new Json();
    private final Json others = new Json();
    private final Json lines = new Json();
    private final Json line = new Json();
    private final Json lineParts = new Json();
    private final Json lineAdjustments = new Json();
    private final Json scratch = new Json();
    private String billing = "";
    private String subscriber = "";
    private String patient = "";
    private String payer = "";
    private String trace = "";
    private boolean open;
    private boolean lineOpen;
    private boolean otherPayer;
    private boolean remittance;
    long claims;
    long bytes;

    Claims(OutputStream out) {
        this.out = out;
    }

    void segment(Segment s) throws IOException {
        switch (s.tag) {
        case "ST" -> { remittance = s.is(1, "835"); billing = subscriber = patient = payer = trace = ""; }
        case "SE", "PLB" -> flush();
        case "HL" -> level(s);
        case "LX" -> { if (remittance) flush(); else endLine(); }
        case "TRN" -> trace = object(scratch -> scratch.put("number", s.get(2)).put("payer", s.get(3)).place(s));
        case "CLM" -> startClaim(s);
        case "CLP" -> startPayment(s);
        case "N1" -> party(s);
        case "NM1" -> name(s);
        case "SBR" -> { if (open) { otherPayer = true; others.open('{').put("order", s.get(1)).put("filing", s.get(9)).place(s).close('}'); } }
        case "HI" -> diagnosis(s);
        case "REF" -> reference(s);
        case "DTP" -> date(s, s.get(1), s.get(3));
        case "DTM" -> date(s, s.get(1), s.get(2));
        case "AMT" -> amount(s);
        case "CAS" -> adjust(s);
        case "SV1" -> startLine(s, s.get(2), s.get(4), "");
        case "SVC" -> { endLine(); startLine(s, s.get(2), s.get(5), s.get(3)); }
        case "SVD" -> { if (lineOpen) lineParts.open('{').put("payer", s.get(1)).put("paid", s.get(2)).place(s).close('}'); }
        case "LIN" -> { if (lineOpen) lineParts.open('{').put("drug", s.get(3)).place(s).close('}'); }
        case "CTP" -> { if (lineOpen) lineParts.open('{').put("quantity", s.get(4)).put("unit", s.get(5)).place(s).close('}'); }
        case "LQ" -> { if (lineOpen) lineParts.open('{').put("remark", s.get(2)).place(s).close('}'); }
        case "MOA" -> { if (open) references.open('{').put("remark", s.get(3)).place(s).close('}'); }
        default -> { }
        }
    }

    private void level(Segment s) throws IOException {
        flush();
        switch (s.get(3)) {
        case "20" -> { billing = ""; subscriber = ""; patient = ""; payer = ""; }
        case "22" -> { subscriber = ""; patient = ""; payer = ""; }
        default -> patient = "";
        }
    }

    private void startClaim(Segment s) throws IOException {
        flush();
        open = true;
        claim.open('{').put("type", "claim").put("id", s.get(1)).put("charge", s.get(2)).put("place", s.get(5, 1)).put("frequency", s.get(5, 3)).place(s);
    }

    private void startPayment(Segment s) throws IOException {
        flush();
        open = true;
        subscriber = patient = "";
        claim.open('{').put("type", "remit").put("id", s.get(1)).put("status", s.get(2)).put("charge", s.get(3)).put("paid", s.get(4));
        claim.put("share", s.get(5)).put("filing", s.get(6)).put("payer_number", s.get(7)).place(s);
    }

    private void party(Segment s) {
        String text = object(json -> json.put("name", s.get(2)).put("qualifier", s.get(3)).put("id", s.get(4)).place(s));
        if (s.is(1, "PR")) payer = text;
        else billing = text;
    }

    private void name(Segment s) {
        String role = s.get(1);
        String text = object(json -> json.put("role", role).put("last", s.get(3)).put("first", s.get(4)).put("middle", s.get(5))
            .put("qualifier", s.get(8)).put("id", s.get(9)).place(s));
        if (open && otherPayer) others.raw(text);
        else if (open && !role.equals("QC") && !role.equals("IL")) providers.raw(text);
        else if (role.equals("85")) billing = text;
        else if (role.equals("IL")) subscriber = text;
        else if (role.equals("QC")) patient = text;
        else if (role.equals("PR")) payer = text;
    }

    private void diagnosis(Segment s) {
        for (int n = 1; open && n <= s.last; n++) {
            diagnoses.open('{').put("qualifier", s.get(n, 1)).put("code", s.get(n, 2)).place(s).close('}');
        }
    }

    private void reference(Segment s) {
        Json to = lineOpen ? lineParts : references;
        if (open) to.open('{').put("qualifier", s.get(1)).put("number", s.get(2)).place(s).close('}');
    }

    private void date(Segment s, String kind, String value) {
        Json to = lineOpen ? lineParts : dates;
        if (open) to.open('{').put("kind", kind).put("date", value).place(s).close('}');
    }

    private void amount(Segment s) {
        Json to = lineOpen ? lineParts : otherPayer ? others : references;
        if (open) to.open('{').put("amount_kind", s.get(1)).put("amount", s.get(2)).place(s).close('}');
    }

    private void adjust(Segment s) {
        Json to = lineOpen ? lineAdjustments : adjustments;
        for (int n = 2; open && n <= s.last; n += 3) {
            to.open('{').put("group", s.get(1)).put("reason", s.get(n)).put("amount", s.get(n + 1)).put("quantity", s.get(n + 2)).place(s).close('}');
        }
    }

    private void startLine(Segment s, String charge, String units, String paid) {
        lineOpen = true;
        line.open('{').put("code", s.get(1, 2)).put("charge", charge).put("paid", paid).put("units", units).key("modifiers").open('[');
        for (int n = 3; n <= 6; n++) if (!s.get(1, n).isEmpty()) line.string(s.get(1, n));
        line.close(']').put("pointer", s.get(7)).place(s);
    }

    private void endLine() {
        if (!lineOpen) return;
        list(line, "parts", lineParts);
        list(line, "adjustments", lineAdjustments);
        lines.raw(line.close('}').text());
        line.clear();
        lineOpen = false;
    }

    private void flush() throws IOException {
        if (!open) return;
        endLine();
        part("trace", trace);
        part("billing", billing);
        part("subscriber", subscriber);
        part("patient", patient);
        part("payer", payer);
        list(claim, "diagnoses", diagnoses);
        list(claim, "providers", providers);
        list(claim, "references", references);
        list(claim, "dates", dates);
        list(claim, "other_payers", others);
        list(claim, "adjustments", adjustments);
        list(claim, "lines", lines);
        claim.close('}').text().append('\n');
        byte[] encoded = claim.text().toString().getBytes(StandardCharsets.UTF_8);
        out.write(encoded);
        bytes += encoded.length;
        claims++;
        claim.clear();
        open = otherPayer = false;
    }

    private void part(String name, String json) {
        if (!json.isEmpty()) claim.key(name).raw(json);
    }

    private static void list(Json to, String name, Json parts) {
        to.key(name).open('[').raw(parts.text()).close(']');
        parts.clear();
    }

    private String object(java.util.function.Consumer<Json> fill) {
        scratch.clear();
        scratch.open('{');
        fill.accept(scratch);
        return scratch.close('}').text().toString();
    }
}
