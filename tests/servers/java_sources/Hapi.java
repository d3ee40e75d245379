import ca.uhn.hl7v2.AcknowledgmentCode;
import ca.uhn.hl7v2.DefaultHapiContext;
import ca.uhn.hl7v2.HL7Exception;
import ca.uhn.hl7v2.HapiContext;
import ca.uhn.hl7v2.app.Connection;
import ca.uhn.hl7v2.app.HL7Service;
import ca.uhn.hl7v2.llp.MinLowerLayerProtocol;
import ca.uhn.hl7v2.model.Message;
import ca.uhn.hl7v2.protocol.ReceivingApplication;
import ca.uhn.hl7v2.util.Terser;
import ca.uhn.hl7v2.util.idgenerator.InMemoryIDGenerator;
import ca.uhn.hl7v2.validation.impl.ValidationContextFactory;
import java.io.FileInputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** HAPI's own MLLP server and client on 127.0.0.1: serve PORT [TLS], or send PORT COUNT BYTES [TLS]; TLS is AUTHORITY KEY CERTIFICATES, PEM files. */
public class Hapi {
    static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    static final String HEAD = "MSH|^~\\&|HAPI|EAST|GATE|HOME|20260301120000||ADT^A01^ADT_A01|%s|P|2.5|||||||UNICODE UTF-8\r"
        + "EVN||20260301120000\rPID|1||100^^^EAST^MR||Mustermann^Zo\u00eb\rPV1|1|I\rNTE|1||%s\r";

    public static void main(String[] arguments) throws Exception {
        boolean serves = arguments[0].equals("serve");
        int tls = serves ? 2 : 4;
        boolean secure = arguments.length > tls;
        if (secure) {
            SSLContext.setDefault(secured(arguments[tls], arguments[tls + 1], arguments[tls + 2]));
        }
        HapiContext context = new DefaultHapiContext();
        context.setValidationContext(ValidationContextFactory.noValidation());
        context.getParserConfiguration().setIdGenerator(new InMemoryIDGenerator());
        MinLowerLayerProtocol framing = new MinLowerLayerProtocol();
        framing.setCharset(StandardCharsets.UTF_8);
        context.setLowerLayerProtocol(framing);
        int port = Integer.parseInt(arguments[1]);
        if (serves) {
            serve(context, port, secure);
        } else {
            send(context, port, secure, Integer.parseInt(arguments[2]), Integer.parseInt(arguments[3]));
        }
    }

    /** Prints `control id, family name of the patient, characters of the note`; refuses as the control id begins: AE, AR. */
    static void serve(HapiContext context, int port, boolean secure) throws Exception {
        HL7Service server = context.newServer(port, secure);
        server.registerApplication(new ReceivingApplication<Message>() {
            public Message processMessage(Message message, Map<String, Object> metadata) throws HL7Exception {
                Terser terser = new Terser(message);
                String id = terser.get("/MSH-10");
                OUT.println("got " + id + " " + terser.get("/.PID-5-2") + " " + terser.get("/.NTE-3").length());
                try {
                    String code = id.substring(0, 2);
                    boolean refused = code.equals("AE") || code.equals("AR");
                    return message.generateACK(refused ? AcknowledgmentCode.valueOf(code) : AcknowledgmentCode.AA, null);
                } catch (java.io.IOException error) {
                    throw new HL7Exception(error);
                }
            }

            public boolean canProcess(Message message) {
                return true;
            }
        });
        server.startAndWait();
        OUT.println("ready");
        Thread.currentThread().join();
    }

    /** COUNT messages on one connection, each with a note of BYTES; prints the code and the control id of each answer. */
    static void send(HapiContext context, int port, boolean secure, int count, int bytes) throws Exception {
        Connection connection = context.newClient("127.0.0.1", port, secure);
        connection.getInitiator().setTimeout(20, TimeUnit.SECONDS);
        for (int number = 0; number < count; number++) {
            Message message = context.getPipeParser().parse(String.format(HEAD, "H" + number, "x".repeat(bytes)));
            Terser answer = new Terser(connection.getInitiator().sendAndReceive(message));
            OUT.println("answer " + answer.get("/.MSA-1") + " " + answer.get("/.MSA-2"));
        }
        connection.close();
        context.close();
    }

    static SSLContext secured(String authority, String key, String certificates) throws Exception {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        KeyStore own = KeyStore.getInstance("PKCS12");
        own.load(null, null);
        try (FileInputStream file = new FileInputStream(certificates)) {
            Certificate[] chain = factory.generateCertificates(file).toArray(new Certificate[0]);
            byte[] text = Base64.getMimeDecoder().decode(Files.readString(Path.of(key)).replaceAll("-----[^-]+-----", ""));
            own.setKeyEntry("own", KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(text)), new char[0], chain);
        }
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        try (FileInputStream file = new FileInputStream(authority)) {
            trusted.setCertificateEntry("authority", factory.generateCertificate(file));
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(own, new char[0]);
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext made = SSLContext.getInstance("TLS");
        made.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return made;
    }
}
