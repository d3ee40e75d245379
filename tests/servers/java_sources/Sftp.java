import java.nio.file.Path;
import java.util.List;
import org.apache.sshd.common.config.keys.AuthorizedKeyEntry;
import org.apache.sshd.common.config.keys.PublicKeyEntryResolver;
import org.apache.sshd.common.file.virtualfs.VirtualFileSystemFactory;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.keyprovider.SimpleGeneratorHostKeyProvider;
import org.apache.sshd.sftp.server.SftpSubsystemFactory;

/** An SFTP server on 127.0.0.1 for one user over one folder: PORT FOLDER HOST_KEY_FILE USER PASSWORD [AUTHORIZED_KEY]. */
public class Sftp {
    public static void main(String[] arguments) throws Exception {
        SshServer server = SshServer.setUpDefaultServer();
        server.setHost("127.0.0.1");
        server.setPort(Integer.parseInt(arguments[0]));
        server.setFileSystemFactory(new VirtualFileSystemFactory(Path.of(arguments[1])));
        SimpleGeneratorHostKeyProvider keys = new SimpleGeneratorHostKeyProvider(Path.of(arguments[2]));
        keys.setAlgorithm("EC");
        server.setKeyPairProvider(keys);
        server.setPasswordAuthenticator((user, password, session) -> user.equals(arguments[3]) && password.equals(arguments[4]));
        if (arguments.length > 5) {
            var known = AuthorizedKeyEntry.parseAuthorizedKeyEntry(arguments[5]).resolvePublicKey(null, PublicKeyEntryResolver.IGNORING);
            server.setPublickeyAuthenticator((user, key, session) ->
                user.equals(arguments[3]) && org.apache.sshd.common.config.keys.KeyUtils.compareKeys(key, known));
        }
        server.setSubsystemFactories(List.of(new SftpSubsystemFactory()));
        server.start();
        Thread.currentThread().join();
    }
}
