// SPDX-License-Identifier: Apache-2.0
package kif.java;

import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.InvalidKeyException;
import java.security.Key;
import java.security.Provider;
import java.security.Security;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.KeySpec;
import java.util.Arrays;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.MacSpi;
import javax.crypto.SecretKey;
import javax.crypto.SecretKeyFactory;
import javax.crypto.SecretKeyFactorySpi;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * HMAC keys and PBKDF2 passwords below 112 bits, which the module refuses. They work with {@code kif harden --compat short-hmac-keys}, as
 * they do in OpenSSL then.
 *
 * <p>HMAC fills a key that is shorter than its block with zeros (RFC 2104), so with zeros to the module's least length the module computes
 * what was asked for.
 */
final class ShortSecrets {
  /** The security property by which kif's java.security says that they were chosen. */
  static final String PROPERTY = "kif.short-hmac-keys";

  private static final List<String> DIGESTS = List.of("SHA1", "SHA224", "SHA256", "SHA384", "SHA512");

  private ShortSecrets() {}

  static boolean areAllowed() {
    return "allowed".equals(Security.getProperty(PROPERTY));
  }

  /** What {@link KifProvider} offers then. */
  static void register(Provider provider) {
    for (String digest : DIGESTS) {
      // The JDK tries the providers of the list in turn when it is given a key, and the module is before this one: it has all longer keys.
      provider.put("Mac.Hmac" + digest, ShortSecrets.class.getName() + "$Hmac" + digest);
      // Java.security prefers it: what the module throws is an Error, after which nobody else is asked.
      provider.put("SecretKeyFactory.PBKDF2WithHmac" + digest, ShortSecrets.class.getName() + "$Pbkdf2" + digest);
    }
  }

  /** HMAC of the module, of a key filled with zeros. */
  abstract static class Hmac extends MacSpi {
    private final Mac module;

    Hmac(String digest) {
      try {
        module = Mac.getInstance("Hmac" + digest, Pbes2.MODULE);
      } catch (GeneralSecurityException exception) {
        throw new IllegalStateException(exception);
      }
    }

    @Override
    protected void engineInit(Key key, AlgorithmParameterSpec parameters) throws InvalidKeyException, InvalidAlgorithmParameterException {
      byte[] bytes = key == null ? null : key.getEncoded();
      if (bytes == null) {
        throw new InvalidKeyException("the key has no bytes");
      }
      byte[] filled = Arrays.copyOf(bytes, Math.max(bytes.length, Pbes2.LEAST_PASSWORD));
      Arrays.fill(bytes, (byte) 0);
      module.init(new SecretKeySpec(filled, module.getAlgorithm()), parameters);
      Arrays.fill(filled, (byte) 0);
    }

    @Override
    protected int engineGetMacLength() {
      return module.getMacLength();
    }

    @Override
    protected void engineUpdate(byte input) {
      module.update(input);
    }

    @Override
    protected void engineUpdate(byte[] input, int offset, int length) {
      module.update(input, offset, length);
    }

    @Override
    protected byte[] engineDoFinal() {
      return module.doFinal();
    }

    @Override
    protected void engineReset() {
      module.reset();
    }
  }

  /** PBKDF2 of the module. */
  abstract static class Pbkdf2 extends SecretKeyFactorySpi {
    private final SecretKeyFactory module;

    Pbkdf2(String digest) {
      try {
        module = SecretKeyFactory.getInstance("PBKDF2WITHHMAC" + digest, Pbes2.MODULE);
      } catch (GeneralSecurityException exception) {
        throw new IllegalStateException(exception);
      }
    }

    @Override
    protected SecretKey engineGenerateSecret(KeySpec spec) throws InvalidKeySpecException {
      if (!(spec instanceof PBEKeySpec)) {
        return module.generateSecret(spec);
      }
      PBEKeySpec asked = (PBEKeySpec) spec;
      char[] password = asked.getPassword();
      char[] filled = Pbes2.filled(password);
      Arrays.fill(password, '\0');
      PBEKeySpec longer = new PBEKeySpec(filled, asked.getSalt(), asked.getIterationCount(), asked.getKeyLength());
      Arrays.fill(filled, '\0');
      try {
        return module.generateSecret(longer);
      } finally {
        longer.clearPassword();
      }
    }

    @Override
    protected KeySpec engineGetKeySpec(SecretKey key, Class<?> type) throws InvalidKeySpecException {
      return module.getKeySpec(key, type);
    }

    @Override
    protected SecretKey engineTranslateKey(SecretKey key) throws InvalidKeyException {
      return module.translateKey(key);
    }
  }

  /** Called by the JDK. */
  public static final class HmacSHA1 extends Hmac {
    /** Called by the JDK. */
    public HmacSHA1() {
      super("SHA1");
    }
  }

  /** Called by the JDK. */
  public static final class HmacSHA224 extends Hmac {
    /** Called by the JDK. */
    public HmacSHA224() {
      super("SHA224");
    }
  }

  /** Called by the JDK. */
  public static final class HmacSHA256 extends Hmac {
    /** Called by the JDK. */
    public HmacSHA256() {
      super("SHA256");
    }
  }

  /** Called by the JDK. */
  public static final class HmacSHA384 extends Hmac {
    /** Called by the JDK. */
    public HmacSHA384() {
      super("SHA384");
    }
  }

  /** Called by the JDK. */
  public static final class HmacSHA512 extends Hmac {
    /** Called by the JDK. */
    public HmacSHA512() {
      super("SHA512");
    }
  }

  /** Called by the JDK. */
  public static final class Pbkdf2SHA1 extends Pbkdf2 {
    /** Called by the JDK. */
    public Pbkdf2SHA1() {
      super("SHA1");
    }
  }

  /** Called by the JDK. */
  public static final class Pbkdf2SHA224 extends Pbkdf2 {
    /** Called by the JDK. */
    public Pbkdf2SHA224() {
      super("SHA224");
    }
  }

  /** Called by the JDK. */
  public static final class Pbkdf2SHA256 extends Pbkdf2 {
    /** Called by the JDK. */
    public Pbkdf2SHA256() {
      super("SHA256");
    }
  }

  /** Called by the JDK. */
  public static final class Pbkdf2SHA384 extends Pbkdf2 {
    /** Called by the JDK. */
    public Pbkdf2SHA384() {
      super("SHA384");
    }
  }

  /** Called by the JDK. */
  public static final class Pbkdf2SHA512 extends Pbkdf2 {
    /** Called by the JDK. */
    public Pbkdf2SHA512() {
      super("SHA512");
    }
  }
}
