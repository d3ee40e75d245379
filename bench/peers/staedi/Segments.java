import io.xlate.edi.stream.EDIInputFactory;
import io.xlate.edi.stream.EDIStreamReader;
import java.io.BufferedInputStream;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * StAEDI alone, for sets that no builder here turns into anything: every element is read as text, and the envelope is checked by the control schema
 * that it comes with. It has no schema of any transaction set. CPU time is that of the parsing thread alone.
 */
public final class Segments {
    private Segments() { }

    /** Characters of all elements, which have to be made into texts for it; below zero when something in the envelope was found wrong. */
    static long read(Path path) throws Exception {
        long characters = 0;
        try (InputStream in = new BufferedInputStream(Files.newInputStream(path), 1 << 16);
            EDIStreamReader reader = EDIInputFactory.newFactory().createEDIStreamReader(in)) {
            while (reader.hasNext()) {
                switch (reader.next()) {
                case ELEMENT_DATA -> characters += reader.getText().length();
                case SEGMENT_ERROR, ELEMENT_OCCURRENCE_ERROR, ELEMENT_DATA_ERROR -> { return -1; }
                default -> { }
                }
            }
        }
        return characters;
    }

    public static void main(String[] arguments) throws Exception {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        List<String> runs = new ArrayList<>();
        for (int n = 1; n < arguments.length; n++) {
            long started = threads.getCurrentThreadCpuTime();
            long characters = read(Path.of(arguments[n]));
            double cpu = (threads.getCurrentThreadCpuTime() - started) / 1e9;
            String fault = characters < 0 ? "found an error in the envelope" : "";
            runs.add(String.format(Locale.ROOT, "{\"cpu\":%.6f,\"claims\":null,\"out\":%d,\"fault\":\"%s\"}", cpu, characters, fault));
        }
        System.out.printf(Locale.ROOT, "{\"runs\":[%s],\"peak_mb\":%.1f}%n", String.join(",", runs), Bench.peakMegabytes());
    }
}
