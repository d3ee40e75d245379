import ca.uhn.hl7v2.DefaultHapiContext;
import ca.uhn.hl7v2.HL7Exception;
import ca.uhn.hl7v2.app.HL7Service;
import ca.uhn.hl7v2.model.Message;
import ca.uhn.hl7v2.protocol.ReceivingApplication;
import ca.uhn.hl7v2.util.idgenerator.InMemoryIDGenerator;
import ca.uhn.hl7v2.validation.impl.NoValidation;
import java.io.IOException;
import java.util.Map;

/** HAPI's MLLP server: parses each message and answers AA; nothing is stored. The argument is its port. */
public final class Serve {
    private Serve() { }

    public static void main(String[] arguments) throws Exception {
        DefaultHapiContext context = new DefaultHapiContext();
        context.setValidationContext(new NoValidation());
        context.getParserConfiguration().setIdGenerator(new InMemoryIDGenerator());
        HL7Service server = context.newServer(Integer.parseInt(arguments[0]), false);
        server.registerApplication(new ReceivingApplication<Message>() {
            public Message processMessage(Message message, Map<String, Object> about) throws HL7Exception {
                try {
                    return message.generateACK();
                } catch (IOException error) {
                    throw new HL7Exception(error);
                }
            }

            public boolean canProcess(Message message) {
                return true;
            }
        });
        server.startAndWait();
        Thread.currentThread().join();
    }
}
