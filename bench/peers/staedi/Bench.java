import io.xlate.edi.stream.EDIInputFactory;
import io.xlate.edi.stream.EDIStreamReader;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * StAEDI with a claim builder: bytes -> claim or payment JSON into a file that is thrown away, for each file named. The first argument is where the
 * JSON goes. CPU time is that of the parsing thread alone, so the compiler and the collector of the virtual machine work for nothing.
 */
public final class Bench {
    private Bench() { }

    static Claims read(Path path, OutputStream out) throws Exception {
        EDIInputFactory factory = EDIInputFactory.newFactory();
        factory.setProperty(EDIInputFactory.EDI_VALIDATE_CONTROL_STRUCTURE, false);
        Claims claims = new Claims(out);
        Segment segment = new Segment();
        long ordinal = 0;
        boolean composite = false;
        try (InputStream in = new BufferedInputStream(Files.newInputStream(path), 1 << 16); EDIStreamReader reader = factory.createEDIStreamReader(in)) {
            while (reader.hasNext()) {
                switch (reader.next()) {
                case START_SEGMENT -> {
                    String tag = reader.getText();
                    ordinal = tag.equals("ST") ? 1 : ordinal + 1;
                    segment.start(tag, ordinal, reader.getLocation().getCharacterOffset() - tag.length() - 1);
                }
                case START_COMPOSITE -> composite = true;
                case END_COMPOSITE -> composite = false;
                case ELEMENT_DATA -> {
                    int position = reader.getLocation().getElementPosition();
                    if (composite) segment.component(position, reader.getText());
                    else segment.element(position, reader.getText());
                }
                case END_SEGMENT -> claims.segment(segment);
                default -> { }
                }
            }
        }
        out.flush();
        return claims;
    }

    static double peakMegabytes() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmHWM")) return Long.parseLong(line.replaceAll("\\D", "")) * 1024 / 1e6;
        }
        return 0;
    }

    public static void main(String[] arguments) throws Exception {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        List<String> runs = new ArrayList<>();
        for (int n = 1; n < arguments.length; n++) {
            long started = threads.getCurrentThreadCpuTime();
            Claims claims;
            try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(Path.of(arguments[0])), 1 << 16)) {
                claims = read(Path.of(arguments[n]), out);
            }
            double cpu = (threads.getCurrentThreadCpuTime() - started) / 1e9;
            runs.add(String.format(Locale.ROOT, "{\"cpu\":%.6f,\"claims\":%d,\"out\":%d,\"fault\":\"\"}", cpu, claims.claims, claims.bytes));
        }
        System.out.printf(Locale.ROOT, "{\"runs\":[%s],\"peak_mb\":%.1f}%n", String.join(",", runs), peakMegabytes());
    }
}
