import java.util.ArrayList;
import java.util.List;

/** One segment with its place: elements by position from 1, each a list of components; ordinal in its set (ST = 1) and character offset in the file. */
final class Segment {
    private static final int ELEMENTS = 32;

    String tag = "";
    long ordinal;
    long offset;
    int last;
    private final String[] simple = new String[ELEMENTS];
    private final List<List<String>> composites = new ArrayList<>();

    Segment() {
        for (int n = 0; n < ELEMENTS; n++) composites.add(new ArrayList<>(8));
    }

    void start(String newTag, long newOrdinal, long newOffset) {
        for (int n = 1; n <= last; n++) {
            simple[n] = null;
            composites.get(n).clear();
        }
        tag = newTag;
        ordinal = newOrdinal;
        offset = newOffset;
        last = 0;
    }

    void element(int position, String text) {
        if (position >= ELEMENTS) return;
        simple[position] = text;
        if (position > last) last = position;
    }

    void component(int position, String text) {
        if (position >= ELEMENTS) return;
        composites.get(position).add(text);
        if (position > last) last = position;
    }

    /** The element, or the first component of a composite; empty when it is absent. */
    String get(int position) {
        if (position > last) return "";
        if (simple[position] != null) return simple[position];
        return get(position, 1);
    }

    String get(int position, int component) {
        if (position > last) return "";
        List<String> parts = composites.get(position);
        if (component <= parts.size()) return parts.get(component - 1);
        return component == 1 && simple[position] != null ? simple[position] : "";
    }

    boolean is(int position, String wanted) {
        return wanted.equals(get(position));
    }
}
