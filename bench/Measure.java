// SPDX-License-Identifier: Apache-2.0
// What Java's cryptography costs, inside a container: one measurement for each line that is read, its nanoseconds on a line.
//   java Measure handshake STORE TYPE | gcm | sha-256 | uuid | strong
// Or to its end: with a draw of 32 random bytes, or with nothing.
//   java Measure draw | none
import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.UUID;
import javax.crypto.Cipher;
import javax.crypto.KeyGenerator;
import javax.crypto.SecretKey;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.TrustManagerFactory;

public final class Measure {
  private static final int BULK = 64 << 20;
  private static final int HANDSHAKES = 10;
  private static final int UUIDS = 1000;
  private static final int STRONG_BYTES = 4096;
  private static final char[] PASSWORD = "changeit".toCharArray();

  private Measure() {}

  private interface Work {
    void run() throws Exception;
  }

  private static SSLContext context(String path, String type) throws Exception {
    KeyStore store = KeyStore.getInstance(type);
    try (InputStream file = new FileInputStream(path)) {
      store.load(file, PASSWORD);
    }
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, PASSWORD);
    TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    KeyStore trusted = KeyStore.getInstance(type);
    trusted.load(null, null);
    trusted.setCertificateEntry("server", store.getCertificate("server"));
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  /** One side's turn: what it has to say goes behind what is in {@code out}, what it takes is taken from {@code in}. */
  private static void step(SSLEngine engine, ByteBuffer in, ByteBuffer out, ByteBuffer plain) throws Exception {
    switch (engine.getHandshakeStatus()) {
      case NEED_TASK:
        engine.getDelegatedTask().run();
        return;
      case NEED_WRAP:
        engine.wrap(ByteBuffer.allocate(0), out);
        return;
      default:
        in.flip();
        SSLEngineResult result = engine.unwrap(in, plain);
        in.compact();
        if (result.getStatus() == SSLEngineResult.Status.CLOSED) {
          throw new IllegalStateException("closed");
        }
    }
  }

  /** TLS 1.3 from the first byte to the last that both sides wait for; no session is taken up again. */
  private static void handshake(SSLContext context) throws Exception {
    SSLEngine client = context.createSSLEngine();
    SSLEngine server = context.createSSLEngine();
    client.setUseClientMode(true);
    server.setUseClientMode(false);
    client.setEnabledProtocols(new String[] {"TLSv1.3"});
    ByteBuffer toServer = ByteBuffer.allocate(1 << 16);
    ByteBuffer toClient = ByteBuffer.allocate(1 << 16);
    ByteBuffer plain = ByteBuffer.allocate(1 << 16);
    client.beginHandshake();
    server.beginHandshake();
    while (isBusy(client) || isBusy(server)) {
      if (isBusy(client)) {
        step(client, toClient, toServer, plain);
      }
      if (isBusy(server)) {
        step(server, toServer, toClient, plain);
      }
    }
    if (!client.getSession().getProtocol().equals("TLSv1.3")) {
      throw new IllegalStateException(client.getSession().getProtocol());
    }
  }

  private static boolean isBusy(SSLEngine engine) {
    SSLEngineResult.HandshakeStatus status = engine.getHandshakeStatus();
    return status != SSLEngineResult.HandshakeStatus.NOT_HANDSHAKING && status != SSLEngineResult.HandshakeStatus.FINISHED;
  }

  private static Work work(String[] arguments) throws Exception {
    switch (arguments[0]) {
      case "handshake": {
        SSLContext context = context(arguments[1], arguments[2]);
        return () -> {
          for (int i = 0; i < HANDSHAKES; ++i) {
            handshake(context);
          }
        };
      }
      case "gcm": {
        byte[] bulk = new byte[BULK];
        byte[] sealed = new byte[BULK + 16];
        KeyGenerator generator = KeyGenerator.getInstance("AES");
        generator.init(256);
        SecretKey key = generator.generateKey();
        return () -> {
          Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
          cipher.init(Cipher.ENCRYPT_MODE, key);
          cipher.doFinal(bulk, 0, BULK, sealed);
        };
      }
      case "sha-256": {
        byte[] bulk = new byte[BULK];
        return () -> MessageDigest.getInstance("SHA-256").digest(bulk);
      }
      case "uuid":
        return () -> {
          for (int i = 0; i < UUIDS; ++i) {
            UUID.randomUUID();
          }
        };
      case "strong": {
        byte[] bytes = new byte[STRONG_BYTES];
        SecureRandom strong = SecureRandom.getInstanceStrong();
        return () -> strong.nextBytes(bytes);
      }
      default:
        throw new IllegalArgumentException(arguments[0]);
    }
  }

  /** The program. */
  public static void main(String[] arguments) throws Exception {
    if (arguments[0].equals("draw")) {
      new SecureRandom().nextBytes(new byte[32]);
      return;
    }
    if (arguments[0].equals("none")) {
      return;
    }
    Work work = work(arguments);
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
    while (lines.readLine() != null) {
      long start = System.nanoTime();
      work.run();
      System.out.println(System.nanoTime() - start);
    }
  }
}
