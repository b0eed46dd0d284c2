// SPDX-License-Identifier: Apache-2.0
// A TLS server and a client in two threads, over the loopback, with whatever provider the security properties put first. The server's
// certificate is made here and is all that the client trusts.
import java.io.InputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.Date;
import java.util.concurrent.FutureTask;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

final class Handshake {
  private static final char[] PASSWORD = "a password of some length".toCharArray();
  private static final long DAY_MS = 86_400_000;

  private Handshake() {}

  private static SSLContext context() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(256);
    KeyPair pair = generator.generateKeyPair();
    X500Name name = new X500Name("CN=localhost");
    Date now = new Date();
    Certificate certificate = new JcaX509CertificateConverter().getCertificate(
        new JcaX509v3CertificateBuilder(name, BigInteger.ONE, new Date(now.getTime() - DAY_MS), new Date(now.getTime() + DAY_MS), name,
            pair.getPublic()).build(new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate())));

    KeyStore own = KeyStore.getInstance(KeyStore.getDefaultType());
    own.load(null, null);
    own.setKeyEntry("own", pair.getPrivate(), PASSWORD, new Certificate[] {certificate});
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(own, PASSWORD);

    KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null, null);
    trusted.setCertificateEntry("server", certificate);
    TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);

    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  /** One connection with these versions on both sides. "ok", the version, the suite and the provider. */
  static String run(String[] versions) throws Exception {
    SSLContext context = context();
    try (SSLServerSocket listener =
        (SSLServerSocket) context.getServerSocketFactory().createServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      listener.setEnabledProtocols(versions);
      FutureTask<Void> server = new FutureTask<>(() -> {
        try (SSLSocket accepted = (SSLSocket) listener.accept()) {
          accepted.getOutputStream().write(accepted.getInputStream().read() + 1);
        }
        return null;
      });
      new Thread(server, "server").start();
      try (SSLSocket client =
          (SSLSocket) context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), listener.getLocalPort())) {
        client.setEnabledProtocols(versions);
        client.getOutputStream().write(41);
        InputStream answer = client.getInputStream();
        int got = answer.read();
        server.get();
        return (got == 42 ? "ok " : "another byte came back ") + client.getSession().getProtocol() + " "
            + client.getSession().getCipherSuite() + " " + context.getProvider().getName();
      }
    }
  }
}
