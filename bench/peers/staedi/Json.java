/** JSON text in one buffer that is used again. Empty values are left out; commas are set by what stands before. */
final class Json {
    private final StringBuilder out = new StringBuilder(4096);

    void clear() {
        out.setLength(0);
    }

    boolean isEmpty() {
        return out.length() == 0;
    }

    StringBuilder text() {
        return out;
    }

    Json open(char bracket) {
        separate();
        out.append(bracket);
        return this;
    }

    Json close(char bracket) {
        out.append(bracket);
        return this;
    }

    Json key(String name) {
        separate();
        out.append('"').append(name).append("\":");
        return this;
    }

    Json put(String name, String value) {
        return value.isEmpty() ? this : key(name).string(value);
    }

    Json string(String value) {
        separate();
        out.append('"');
        if (plain(value)) out.append(value);
        else escape(value);
        out.append('"');
        return this;
    }

    /** Where a part stands: [segment ordinal, character offset]. */
    Json place(Segment segment) {
        key("at");
        out.append('[').append(segment.ordinal).append(',').append(segment.offset).append(']');
        return this;
    }

    Json raw(CharSequence json) {
        separate();
        out.append(json);
        return this;
    }

    private static boolean plain(String value) {
        for (int n = 0; n < value.length(); n++) {
            char one = value.charAt(n);
            if (one == '"' || one == '\\' || one < ' ') return false;
        }
        return true;
    }

    private void escape(String value) {
        for (int n = 0; n < value.length(); n++) {
            char one = value.charAt(n);
            if (one == '"' || one == '\\') out.append('\\').append(one);
            else if (one < ' ') out.append(String.format("\\u%04x", (int) one));
            else out.append(one);
        }
    }

    private void separate() {
        if (out.length() == 0) return;
        char before = out.charAt(out.length() - 1);
        if (before != '{' && before != '[' && before != ':' && before != ',') out.append(',');
    }
}
