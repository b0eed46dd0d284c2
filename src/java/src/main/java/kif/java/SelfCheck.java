// SPDX-License-Identifier: Apache-2.0
package kif.java;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.Security;
import javax.net.ssl.SSLContext;
import org.bouncycastle.crypto.CryptoServicesRegistrar;
import org.bouncycastle.crypto.fips.FipsStatus;

/**
 * The checks that a hardened container makes before a Java application: the same JVM options, the same security properties. They are
 * positive checks, because refusing the kernel's randomness proves nothing here: a JVM without it seeds itself from thread timing and says
 * nothing.
 *
 * <p>One line: on stdout and exit code 0 where all is well, else on stderr with the exit code of {@link Failure}.
 */
public final class SelfCheck {
  /** The security property by which kif's java.security says that SUN was kept on purpose. */
  static final String SUN_KEPT = "kif.sun";

  private static final String BC = "BCFIPS";

  private SelfCheck() {}

  /** Thrown by a check that did not pass. */
  private static final class Refusal extends Exception {
    private static final long serialVersionUID = 1L;
    private final transient Failure failure;

    Refusal(Failure failure, String message) {
      super(message);
      this.failure = failure;
    }
  }

  /** The program. */
  public static void main(String[] arguments) {
    long started = System.nanoTime();
    int code = 0;
    try {
      String line = check();
      System.out.println("kif-java: ready: " + line + ", " + (System.nanoTime() - started) / 1_000_000 + " ms");
    } catch (Refusal refusal) {
      code = refused(refusal.failure, refusal.getMessage());
    } catch (EntropyException exception) {
      code = refused(Failure.ENTROPY, exception.getMessage());
    } catch (StackOverflowError | LinkageError error) {
      // Where a provider of the list is missing, the JDK looks for another one that could load it, without end.
      code = refused(Failure.PROVIDERS, "cannot load the security providers: " + error);
    }
    System.exit(code);
  }

  private static int refused(Failure failure, String message) {
    System.err.println("kif-java: refused (" + failure.id + "): " + message);
    return failure.exitCode;
  }

  private static String check() throws Refusal {
    String drbg = checkGenerator();
    // Everything served so far was asked for by the module: nothing here has drawn from the source by itself.
    EntropyCounters seeds = JitterSource.counters();
    checkStrong();
    String module = ModuleCheck.check(seeds);
    String refusals = checkRefusals();
    checkTls();
    return module + ", " + drbg + ", seed cpu-jitter (" + seeds.bytesServed() + " bytes in " + seeds.blocks() + " blocks), " + refusals
        + ", TLS BCJSSE, Java " + System.getProperty("java.version");
  }

  /** The generator that {@code new SecureRandom()} gives. Draws from it, so that it has been seeded. */
  private static String checkGenerator() throws Refusal {
    SecureRandom random;
    try {
      random = new SecureRandom();
      random.nextBytes(new byte[32]);
    } catch (EntropyException exception) {
      throw exception;
    } catch (RuntimeException exception) {
      throw asRefusal(exception);
    }
    String provider = random.getProvider().getName();
    if (!provider.equals(BC)) {
      String why = Security.getProvider(BC) == null ? "; the module is not among the providers" : "";
      String seeds = provider.equals("SUN") ? ", which the kernel or thread timing seeds" : "";
      throw new Refusal(Failure.GENERATOR, "the default SecureRandom is " + random.getAlgorithm() + " of " + provider + seeds
          + "; it must be " + BC + "'s" + why);
    }
    return "DRBG " + random.getAlgorithm() + " of " + provider;
  }

  /** The module wraps what its source throws; the reason is the source's sentence wherever there is one. */
  private static Refusal asRefusal(RuntimeException exception) {
    for (Throwable cause = exception; cause != null; cause = cause.getCause()) {
      if (cause instanceof EntropyException) {
        return new Refusal(Failure.ENTROPY, cause.getMessage());
      }
    }
    return new Refusal(Failure.PROVIDERS, "cannot draw from the default SecureRandom: " + exception);
  }

  private static void checkStrong() throws Refusal {
    try {
      SecureRandom strong = SecureRandom.getInstanceStrong();
      String found = strong.getAlgorithm() + ":" + strong.getProvider().getName();
      if (!found.equals(KifProvider.ALGORITHM + ":" + KifProvider.NAME)) {
        throw new Refusal(Failure.STRONG, "the strong SecureRandom is " + found + ", it must be ENTROPY:KIF");
      }
    } catch (NoSuchAlgorithmException exception) {
      throw new Refusal(Failure.STRONG, "there is no strong SecureRandom: " + exception.getMessage());
    }
  }

  /** What Bouncy Castle says of itself; a class of its own, so that without its jar all else can still be checked. */
  private static final class ModuleCheck {
    static String check(EntropyCounters seeds) throws Refusal {
      if (!FipsStatus.isReady()) {
        throw new Refusal(Failure.MODULE, "the FIPS module is not ready: " + FipsStatus.getStatusMessage());
      }
      if (!CryptoServicesRegistrar.isInApprovedOnlyMode()) {
        throw new Refusal(Failure.APPROVED, "the FIPS module is not in approved-only mode");
      }
      String variant = CryptoServicesRegistrar.isNativeEnabled() ? CryptoServicesRegistrar.getNativeServices().getVariant() : "java";
      if (seeds.bytesServed() == 0) {
        throw new Refusal(Failure.SEED_ORIGIN, "the FIPS module took 0 bytes from CPU jitter; its code is " + variant);
      }
      if (!variant.equals("java")) {
        throw new Refusal(Failure.NATIVE, "the FIPS module's native code (" + variant + ") is on, which seeds from RDSEED");
      }
      return Security.getProvider(BC).getInfo() + " approved-only";
    }
  }

  private static String checkRefusals() throws Refusal {
    boolean kept = "kept".equals(Security.getProperty(SUN_KEPT));
    Provider md5 = providerOf("MD5");
    if (md5 != null && !(kept && md5.getName().equals("SUN"))) {
      throw new Refusal(Failure.REFUSAL, "MD5 is not refused: " + md5.getName() + " has it");
    }
    if (providerOf("SHA-256") == null || !providerOf("SHA-256").getName().equals(BC)) {
      throw new Refusal(Failure.REFUSAL, "SHA-256 is not " + BC + "'s");
    }
    return (kept ? "SUN kept (MD5 not refused)" : "MD5 refused") + (ShortSecrets.areAllowed() ? ", short HMAC keys allowed" : "");
  }

  private static Provider providerOf(String digest) {
    try {
      return MessageDigest.getInstance(digest).getProvider();
    } catch (NoSuchAlgorithmException exception) {
      return null;
    }
  }

  private static void checkTls() throws Refusal {
    try {
      Provider provider = SSLContext.getInstance("TLS").getProvider();
      if (!(provider instanceof org.bouncycastle.jsse.provider.BouncyCastleJsseProvider)
          || !((org.bouncycastle.jsse.provider.BouncyCastleJsseProvider) provider).isFipsMode()) {
        throw new Refusal(Failure.TLS, "TLS is " + provider.getName() + "'s, it must be BCJSSE in FIPS mode");
      }
    } catch (NoSuchAlgorithmException exception) {
      throw new Refusal(Failure.TLS, "there is no TLS: " + exception.getMessage());
    }
  }
}
