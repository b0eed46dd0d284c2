// SPDX-License-Identifier: Apache-2.0
package kif.probe;

import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.Security;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import javax.crypto.KeyGenerator;
import javax.crypto.Mac;
import javax.net.ssl.SSLContext;
import kif.java.EntropyCounters;
import kif.java.JitterSource;
import org.bouncycastle.crypto.CryptoServicesRegistrar;
import org.bouncycastle.crypto.fips.FipsStatus;
import org.bouncycastle.jsse.provider.BouncyCastleJsseProvider;

/**
 * What kif verify --live runs in each Java runtime of an image: it draws, looks and tries, and prints a line for each step as kif-probe does
 * (schema 1). It comes from the machine that verifies. The jars that it meets are the image's.
 *
 * <p>docs/verify.md lists the steps.
 */
public final class JavaProbe {
  private static final String BC = "BCFIPS";

  private final List<String> outcomes = new ArrayList<>();

  private JavaProbe() {}

  /** A step that found what must not be. */
  private static final class Failed extends Exception {
    private static final long serialVersionUID = 1L;

    Failed(String evidence) {
      super(evidence);
    }
  }

  private interface Step {
    String run() throws Exception;
  }

  /** The program. */
  public static void main(String[] arguments) {
    new JavaProbe().run();
    System.exit(0); // a thread of the JDK's holds nobody up
  }

  private void run() {
    step("runtime", () -> "Java " + System.getProperty("java.version") + " of " + System.getProperty("java.vendor"));
    step("providers", JavaProbe::providers);
    step("generator", JavaProbe::generator);
    step("module", JavaProbe::module);
    step("seed-origin", JavaProbe::seedOrigin);
    step("native", JavaProbe::nativeCode);
    step("strong", JavaProbe::strong);
    step("drawn-bytes", JavaProbe::drawnBytes);
    step("sha-256", JavaProbe::digest);
    step("tls", JavaProbe::tls);
    step("stores", JavaProbe::stores);
    step("refuse-md5", () -> refused("MD5", () -> MessageDigest.getInstance("MD5").getProvider()));
    step("refuse-hmac-md5", () -> refused("HMAC-MD5", () -> Mac.getInstance("HmacMD5").getProvider()));
    step("refuse-des", () -> refused("DES", () -> KeyGenerator.getInstance("DES").getProvider()));
    print("summary", outcomes.contains("fail") ? "fail" : "pass", null);
  }

  private void step(String name, Step body) {
    String outcome = "pass";
    String evidence;
    try {
      evidence = String.valueOf(body.run());
    } catch (Failed failed) {
      outcome = "fail";
      evidence = failed.getMessage();
    } catch (Exception | Error thrown) {
      outcome = "fail"; // a provider of the list is not there, or the source gave nothing: the next steps are tried all the same
      evidence = String.valueOf(thrown);
    }
    outcomes.add(outcome);
    print(name, outcome, evidence);
  }

  private void print(String step, String outcome, String evidence) {
    StringBuilder line = new StringBuilder("{\"schema\":1,\"step\":\"" + step + "\",\"outcome\":\"" + outcome + "\"");
    if (evidence != null) {
      line.append(",\"evidence\":\"");
      for (int i = 0; i < evidence.length(); ++i) {
        char c = evidence.charAt(i);
        if (c == '"' || c == '\\') {
          line.append('\\').append(c);
        } else if (c < 0x20 || c > 0x7e) {
          line.append(String.format("\\u%04x", (int) c));
        } else {
          line.append(c);
        }
      }
      line.append('"');
    } else {
      line.append(",\"passed\":" + count("pass") + ",\"failed\":" + count("fail") + ",\"could_not_check\":0");
    }
    System.out.println(line.append('}'));
  }

  private long count(String outcome) {
    return outcomes.stream().filter(outcome::equals).count();
  }

  private static String providers() throws Failed {
    List<String> names = new ArrayList<>();
    for (Provider provider : Security.getProviders()) {
      names.add(provider.getName());
    }
    if (names.isEmpty() || !names.get(0).equals(BC) || !names.contains("BCJSSE") || !names.contains("KIF")) {
      throw new Failed("the list does not begin with " + BC + ", or has no BCJSSE or KIF: " + names);
    }
    return String.join(", ", names);
  }

  private static String generator() throws Failed {
    SecureRandom random = new SecureRandom();
    byte[] first = new byte[32];
    byte[] second = new byte[32];
    random.nextBytes(first);
    new SecureRandom().nextBytes(second);
    String name = random.getAlgorithm() + " of " + random.getProvider().getName();
    if (!random.getProvider().getName().equals(BC)) {
      throw new Failed("new SecureRandom() is " + name);
    }
    if (Arrays.equals(first, second)) {
      throw new Failed("two draws of 32 bytes are the same; " + name);
    }
    return name + ", 2 draws of 32 bytes, which differ";
  }

  private static String module() throws Failed {
    if (!FipsStatus.isReady()) {
      throw new Failed("the FIPS module is not ready: " + FipsStatus.getStatusMessage());
    }
    if (!CryptoServicesRegistrar.isInApprovedOnlyMode()) {
      throw new Failed("the FIPS module is not in approved-only mode");
    }
    return Security.getProvider(BC).getInfo() + ", ready, approved-only";
  }

  /** The module draws its first seed with its first generator: after {@link #generator} the source's counter has moved. */
  private static String seedOrigin() throws Failed {
    EntropyCounters counters = JitterSource.counters();
    if (counters.bytesServed() == 0) {
      throw new Failed("the FIPS module took 0 bytes from CPU jitter");
    }
    return "CPU jitter gave " + counters.bytesServed() + " bytes in " + counters.blocks() + " blocks";
  }

  private static String nativeCode() throws Failed {
    if (CryptoServicesRegistrar.isNativeEnabled()) {
      throw new Failed("the FIPS module's native code is on (" + CryptoServicesRegistrar.getNativeServices().getVariant() + "), which seeds from RDSEED");
    }
    return "the FIPS module's native code is off";
  }

  private static String strong() throws NoSuchAlgorithmException, Failed {
    SecureRandom strong = SecureRandom.getInstanceStrong();
    String name = strong.getAlgorithm() + " of " + strong.getProvider().getName();
    long before = JitterSource.counters().bytesServed();
    strong.nextBytes(new byte[32]);
    if (!strong.getProvider().getName().equals("KIF") || JitterSource.counters().bytesServed() == before) {
      throw new Failed("SecureRandom.getInstanceStrong() is " + name + "; it must draw from CPU jitter");
    }
    return name;
  }

  /** Digests of what is drawn, so that the draws of several containers can be compared. */
  private static String drawnBytes() throws NoSuchAlgorithmException, Failed {
    SecureRandom strong = SecureRandom.getInstanceStrong();
    byte[] drawn = new byte[32];
    new SecureRandom().nextBytes(drawn);
    String random = digestOf(drawn);
    strong.nextBytes(drawn);
    String own = digestOf(drawn);
    String first = digestOf(strong.generateSeed(32)); // of the source itself
    String second = digestOf(strong.generateSeed(32));
    String text = "SecureRandom " + random + "; strong " + own + "; seeds " + first + " " + second;
    if (new HashSet<>(List.of(random, own, first, second)).size() != 4) {
      throw new Failed("two draws are the same: " + text);
    }
    return text;
  }

  /** 128 bits of the digest, as kif-probe writes it. */
  private static String digestOf(byte[] drawn) throws NoSuchAlgorithmException {
    return "sha256:" + hex(Arrays.copyOf(MessageDigest.getInstance("SHA-256").digest(drawn), 16));
  }

  private static String hex(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (byte one : bytes) {
      text.append(String.format("%02x", one));
    }
    return text.toString();
  }

  private static String digest() throws NoSuchAlgorithmException, Failed {
    MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
    String hex = hex(sha256.digest("abc".getBytes(StandardCharsets.US_ASCII))); // FIPS 180-4's example
    if (!sha256.getProvider().getName().equals(BC) || !hex.equals("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")) {
      throw new Failed("SHA-256 of " + sha256.getProvider().getName() + " gives " + hex);
    }
    return "of " + BC + ", the known answer";
  }

  private static String tls() throws Exception {
    SSLContext context = SSLContext.getDefault();
    Provider provider = context.getProvider();
    if (!(provider instanceof BouncyCastleJsseProvider) || !((BouncyCastleJsseProvider) provider).isFipsMode()) {
      throw new Failed("TLS is " + provider.getName() + "'s; it must be BCJSSE in FIPS mode");
    }
    List<String> protocols = Arrays.asList(context.getDefaultSSLParameters().getProtocols());
    if (protocols.contains("TLSv1") || protocols.contains("TLSv1.1")) {
      throw new Failed("TLS below 1.2 is on: " + protocols);
    }
    return "BCJSSE in FIPS mode, " + String.join(", ", protocols);
  }

  private static String stores() throws Exception {
    List<String> found = new ArrayList<>();
    for (String type : List.of(KeyStore.getDefaultType(), "PKCS12", "JKS")) {
      KeyStore store = KeyStore.getInstance(type);
      store.load(null, null);
      found.add(type + " of " + store.getProvider().getName());
      if (!store.getProvider().getName().equals("KIF") && !store.getProvider().getName().equals(BC)) {
        throw new Failed("a key store is neither KIF's nor " + BC + "'s: " + found);
      }
    }
    return String.join(", ", found);
  }

  private interface Lookup {
    Provider find() throws Exception;
  }

  private static String refused(String what, Lookup lookup) throws Exception {
    try {
      throw new Failed(what + " works: " + lookup.find().getName() + " has it");
    } catch (NoSuchAlgorithmException exception) {
      return exception.getMessage();
    }
  }
}
