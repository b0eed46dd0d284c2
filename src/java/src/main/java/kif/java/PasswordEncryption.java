// SPDX-License-Identifier: Apache-2.0
package kif.java;

import java.io.IOException;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.AlgorithmParametersSpi;
import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.InvalidKeyException;
import java.security.Key;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.InvalidParameterSpecException;
import java.security.spec.KeySpec;
import java.util.Arrays;
import java.util.List;
import javax.crypto.BadPaddingException;
import javax.crypto.Cipher;
import javax.crypto.CipherSpi;
import javax.crypto.IllegalBlockSizeException;
import javax.crypto.SecretKey;
import javax.crypto.SecretKeyFactorySpi;
import javax.crypto.ShortBufferException;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.pkcs.PBES2Parameters;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;

/**
 * What a program needs to open an encrypted private key by the standard API ({@code javax.crypto.EncryptedPrivateKeyInfo}), as Kafka does with
 * PEM: {@link Pbes2} under the JDK's names, PBEWithHmacSHA256AndAES_256 and its like. It decrypts and does not encrypt.
 */
final class PasswordEncryption {
  private static final List<String> DIGESTS = List.of("SHA1", "SHA224", "SHA256", "SHA384", "SHA512");
  private static final List<String> BITS = List.of("128", "256");

  private PasswordEncryption() {}

  static void register(Provider provider) {
    provider.put("AlgorithmParameters.PBES2", Parameters.class.getName());
    provider.put("Alg.Alias.AlgorithmParameters." + PKCSObjectIdentifiers.id_PBES2.getId(), "PBES2");
    for (String digest : DIGESTS) {
      for (String bits : BITS) {
        String name = "PBEWithHmac" + digest + "AndAES_" + bits;
        provider.put("Cipher." + name, Decryption.class.getName());
        provider.put("SecretKeyFactory." + name, Passwords.class.getName());
        provider.put("Alg.Alias.AlgorithmParameters." + name, "PBES2");
      }
    }
  }

  /** The parameters of one encryption. */
  public static final class Parameters extends AlgorithmParametersSpi {
    private PBES2Parameters value;

    /** Called by the JDK. */
    public Parameters() {}

    @Override
    protected void engineInit(AlgorithmParameterSpec spec) throws InvalidParameterSpecException {
      throw new InvalidParameterSpecException("parameters of an encryption that is there are taken, and none are made");
    }

    @Override
    protected void engineInit(byte[] der) throws IOException {
      try {
        PBES2Parameters read = PBES2Parameters.getInstance(ASN1Primitive.fromByteArray(der));
        Pbes2.check(new AlgorithmIdentifier(PKCSObjectIdentifiers.id_PBES2, read));
        value = read;
      } catch (RuntimeException exception) {
        throw new IOException("these are no parameters of PBES2: " + exception.getMessage(), exception);
      }
    }

    @Override
    protected void engineInit(byte[] der, String format) throws IOException {
      engineInit(der);
    }

    @Override
    protected <T extends AlgorithmParameterSpec> T engineGetParameterSpec(Class<T> type) throws InvalidParameterSpecException {
      throw new InvalidParameterSpecException("they are had encoded alone");
    }

    @Override
    protected byte[] engineGetEncoded() throws IOException {
      return value.getEncoded();
    }

    @Override
    protected byte[] engineGetEncoded(String format) throws IOException {
      return engineGetEncoded();
    }

    /** The JDK takes this for the name of the cipher. */
    @Override
    protected String engineToString() {
      return value == null ? "PBES2" : Pbes2.nameOf(value);
    }
  }

  /** A password becomes a key that only {@link Decryption} understands. */
  public static final class Passwords extends SecretKeyFactorySpi {
    /** Called by the JDK. */
    public Passwords() {}

    @Override
    protected SecretKey engineGenerateSecret(KeySpec spec) throws InvalidKeySpecException {
      if (!(spec instanceof PBEKeySpec)) {
        throw new InvalidKeySpecException("a password is needed (PBEKeySpec)");
      }
      char[] password = ((PBEKeySpec) spec).getPassword();
      try {
        var bytes = StandardCharsets.UTF_8.encode(CharBuffer.wrap(password));
        if (bytes.remaining() == 0) {
          throw new InvalidKeySpecException("the password is empty");
        }
        byte[] key = new byte[bytes.remaining()];
        bytes.get(key);
        return new SecretKeySpec(key, "PBE");
      } finally {
        Arrays.fill(password, '\0');
      }
    }

    @Override
    protected KeySpec engineGetKeySpec(SecretKey key, Class<?> type) throws InvalidKeySpecException {
      throw new InvalidKeySpecException("the password is not given back");
    }

    @Override
    protected SecretKey engineTranslateKey(SecretKey key) {
      return key;
    }
  }

  /** PBES2, decryption. */
  public static final class Decryption extends CipherSpi {
    private AlgorithmIdentifier algorithm;
    private char[] password;
    private byte[] held = new byte[0];

    /** Called by the JDK. */
    public Decryption() {}

    @Override
    protected void engineSetMode(String mode) throws NoSuchAlgorithmException {
      throw new NoSuchAlgorithmException("the mode is the encryption's own");
    }

    @Override
    protected void engineSetPadding(String padding) {
      // The encryption's own.
    }

    @Override
    protected int engineGetBlockSize() {
      return 16;
    }

    @Override
    protected int engineGetOutputSize(int inputLength) {
      return held.length + inputLength;
    }

    @Override
    protected byte[] engineGetIV() {
      return null;
    }

    @Override
    protected AlgorithmParameters engineGetParameters() {
      return null;
    }

    @Override
    protected void engineInit(int mode, Key key, SecureRandom random) throws InvalidKeyException {
      throw new InvalidKeyException("the parameters of the encryption are needed; it decrypts and does not encrypt");
    }

    @Override
    protected void engineInit(int mode, Key key, AlgorithmParameterSpec parameters, SecureRandom random) throws InvalidAlgorithmParameterException {
      throw new InvalidAlgorithmParameterException("encoded parameters of PBES2 are needed; it decrypts and does not encrypt");
    }

    @Override
    protected void engineInit(int mode, Key key, AlgorithmParameters parameters, SecureRandom random)
        throws InvalidKeyException, InvalidAlgorithmParameterException {
      if (mode != Cipher.DECRYPT_MODE) {
        throw new InvalidKeyException("it decrypts, and does nothing else");
      }
      try {
        algorithm = new AlgorithmIdentifier(PKCSObjectIdentifiers.id_PBES2, PBES2Parameters.getInstance(parameters.getEncoded()));
        Pbes2.check(algorithm);
      } catch (IOException | RuntimeException exception) {
        throw new InvalidAlgorithmParameterException(exception.getMessage(), exception);
      }
      byte[] bytes = key.getEncoded();
      CharBuffer letters = StandardCharsets.UTF_8.decode(java.nio.ByteBuffer.wrap(bytes));
      password = new char[letters.remaining()];
      letters.get(password);
      Arrays.fill(bytes, (byte) 0);
      held = new byte[0];
    }

    @Override
    protected byte[] engineUpdate(byte[] input, int offset, int length) {
      int before = held.length;
      held = Arrays.copyOf(held, before + length);
      System.arraycopy(input, offset, held, before, length);
      return new byte[0];
    }

    @Override
    protected int engineUpdate(byte[] input, int offset, int length, byte[] output, int outputOffset) {
      engineUpdate(input, offset, length);
      return 0;
    }

    @Override
    protected byte[] engineDoFinal(byte[] input, int offset, int length) throws IllegalBlockSizeException, BadPaddingException {
      if (length > 0) {
        engineUpdate(input, offset, length);
      }
      try {
        return Pbes2.decrypted(algorithm, held, password);
      } catch (IllegalBlockSizeException | BadPaddingException exception) {
        throw exception;
      } catch (IOException | GeneralSecurityException exception) {
        throw new IllegalStateException(exception.getMessage(), exception);
      } finally {
        held = new byte[0];
      }
    }

    @Override
    protected int engineDoFinal(byte[] input, int offset, int length, byte[] output, int outputOffset)
        throws ShortBufferException, IllegalBlockSizeException, BadPaddingException {
      byte[] plain = engineDoFinal(input, offset, length);
      if (output.length - outputOffset < plain.length) {
        throw new ShortBufferException();
      }
      System.arraycopy(plain, 0, output, outputOffset, plain.length);
      Arrays.fill(plain, (byte) 0);
      return plain.length;
    }
  }
}
