// SPDX-License-Identifier: Apache-2.0
package kif.java;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.pkcs.EncryptedPrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.EncryptionScheme;
import org.bouncycastle.asn1.pkcs.KeyDerivationFunc;
import org.bouncycastle.asn1.pkcs.PBES2Parameters;
import org.bouncycastle.asn1.pkcs.PBKDF2Params;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;

/** Encryption by a password as PKCS #5 v2 has it (RFC 8018, section 6.2): AES in CBC mode, PBKDF2 with HMAC. Computed by the FIPS module. */
final class Pbes2 {
  /** The module's provider: nobody else of the list is asked. */
  static final String MODULE = "BCFIPS";

  private static final String AES_256_CBC = "2.16.840.1.101.3.4.1.42";
  private static final Map<String, Integer> AES_CBC = Map.of("2.16.840.1.101.3.4.1.2", 16, "2.16.840.1.101.3.4.1.22", 24, AES_256_CBC, 32);
  private static final Map<String, String> HMACS = Map.of("1.2.840.113549.2.7", "SHA1", "1.2.840.113549.2.8", "SHA224", "1.2.840.113549.2.9",
      "SHA256", "1.2.840.113549.2.10", "SHA384", "1.2.840.113549.2.11", "SHA512");

  /** The module's least salt, in bytes. OpenSSL before 3.2 made salts of 8. */
  private static final int LEAST_SALT = 16;
  /** SP 800-132, section 5.2. The module takes fewer. */
  private static final int LEAST_ITERATIONS = 1000;
  /** As the JDK and Bouncy Castle bound it: a file must not keep a program busy for hours. */
  private static final int MAX_ITERATIONS = 5_000_000;
  /** The least that the module takes as a password, in bytes. */
  static final int LEAST_PASSWORD = 14;
  /** What is written: the JDK's numbers. */
  private static final int ITERATIONS = 10_000;
  private static final int SALT = 20;

  private Pbes2() {}

  /** What approved mode does not allow, as the end of a sentence about a file. */
  static final class Refusal extends IOException {
    private static final long serialVersionUID = 1L;

    Refusal(String message) {
      super(message);
    }
  }

  /** Throws where it is another encryption, or one by parameters that are refused. */
  static void check(AlgorithmIdentifier algorithm) throws Refusal {
    String id = algorithm.getAlgorithm().getId();
    if (!algorithm.getAlgorithm().equals(PKCSObjectIdentifiers.id_PBES2)) {
      throw new Refusal("it is encrypted by " + nameOf(id) + ", which is not approved");
    }
    PBES2Parameters parameters = PBES2Parameters.getInstance(algorithm.getParameters());
    String cipher = parameters.getEncryptionScheme().getAlgorithm().getId();
    if (!AES_CBC.containsKey(cipher)) {
      throw new Refusal("it is encrypted by PBES2 with " + nameOf(cipher) + ", which is not approved or not known");
    }
    initialisationVector(parameters);
    check(derivation(parameters.getKeyDerivationFunc().getAlgorithm(), parameters.getKeyDerivationFunc().getParameters()));
  }

  private static PBKDF2Params derivation(ASN1ObjectIdentifier algorithm, ASN1Encodable parameters) throws Refusal {
    if (!algorithm.equals(PKCSObjectIdentifiers.id_PBKDF2)) {
      throw new Refusal("its key derivation is " + algorithm.getId() + ", which is not approved");
    }
    return PBKDF2Params.getInstance(parameters);
  }

  private static void check(PBKDF2Params derivation) throws Refusal {
    hmac(derivation.getPrf());
    if (derivation.getSalt().length < LEAST_SALT) {
      throw new Refusal(
          "its key derivation has a salt of " + derivation.getSalt().length + " bytes, and the module takes " + LEAST_SALT + " or more");
    }
    if (iterations(derivation.getIterationCount()) < LEAST_ITERATIONS) {
      throw new Refusal("its key derivation has " + derivation.getIterationCount() + " iterations, and SP 800-132 asks for " + LEAST_ITERATIONS);
    }
  }

  private static byte[] initialisationVector(PBES2Parameters parameters) {
    return ASN1OctetString.getInstance(parameters.getEncryptionScheme().getParameters()).getOctets();
  }

  /** As the JDK calls it: PBEWithHmacSHA256AndAES_256. {@code parameters} have passed check(). */
  static String nameOf(PBES2Parameters parameters) {
    String digest = HMACS.get(PBKDF2Params.getInstance(parameters.getKeyDerivationFunc().getParameters()).getPrf().getAlgorithm().getId());
    return "PBEWithHmac" + digest + "AndAES_" + 8 * AES_CBC.get(parameters.getEncryptionScheme().getAlgorithm().getId());
  }

  private static String nameOf(String id) {
    switch (id) {
      case "1.2.840.113549.1.12.1.3":
        return "3DES (pbeWithSHAAnd3-KeyTripleDES-CBC)";
      case "1.2.840.113549.1.12.1.6":
        return "RC2 (pbeWithSHAAnd40BitRC2-CBC)";
      case "1.2.840.113549.3.7":
        return "3DES";
      default:
        return id;
    }
  }

  /** SHA256 of HMAC's identifier. */
  static String hmac(AlgorithmIdentifier algorithm) throws Refusal {
    String digest = HMACS.get(algorithm.getAlgorithm().getId());
    if (digest == null) {
      throw new Refusal("it needs the HMAC " + algorithm.getAlgorithm().getId() + ", which is not approved or not known");
    }
    return digest;
  }

  static int iterations(BigInteger count) throws Refusal {
    if (count.signum() <= 0 || count.bitLength() > 31 || count.intValue() > MAX_ITERATIONS) {
      throw new Refusal("it asks for " + count + " iterations, and at most " + MAX_ITERATIONS + " are made");
    }
    return count.intValue();
  }

  /** The key of a MAC, as long as its parameters say; the caller wipes it. */
  static byte[] macKey(AlgorithmIdentifier algorithm, int least, int most, char[] password) throws IOException, GeneralSecurityException {
    PBKDF2Params derivation = derivation(algorithm.getAlgorithm(), algorithm.getParameters());
    check(derivation);
    BigInteger length = derivation.getKeyLength();
    if (length == null || length.compareTo(BigInteger.valueOf(least)) < 0 || length.compareTo(BigInteger.valueOf(most)) > 0) {
      throw new Refusal("its key has " + (length == null ? "no length" : length + " bytes") + ", and " + least + " to " + most + " are taken");
    }
    return derived(derivation, length.intValue(), password);
  }

  /** With zeros to the module's least length. HMAC fills a key so, too (RFC 2104): they change nothing that is derived. The caller wipes it. */
  static char[] filled(char[] password) {
    return Arrays.copyOf(password, password.length + Math.max(LEAST_PASSWORD - bytesOf(password), 0));
  }

  private static int bytesOf(char[] password) {
    return StandardCharsets.UTF_8.encode(CharBuffer.wrap(password)).remaining();
  }

  private static byte[] derived(PBKDF2Params derivation, int bytes, char[] password) throws IOException, GeneralSecurityException {
    char[] filled = filled(password);
    PBEKeySpec spec = new PBEKeySpec(filled, derivation.getSalt(), iterations(derivation.getIterationCount()), 8 * bytes);
    Arrays.fill(filled, '\0');
    try {
      return SecretKeyFactory.getInstance("PBKDF2WITHHMAC" + hmac(derivation.getPrf()), MODULE).generateSecret(spec).getEncoded();
    } finally {
      spec.clearPassword();
    }
  }

  /** {@code algorithm} has passed check(). The caller wipes what it gets. */
  static byte[] decrypted(AlgorithmIdentifier algorithm, byte[] content, char[] password) throws IOException, GeneralSecurityException {
    PBES2Parameters parameters = PBES2Parameters.getInstance(algorithm.getParameters());
    int bytes = AES_CBC.get(parameters.getEncryptionScheme().getAlgorithm().getId());
    PBKDF2Params derivation = derivation(parameters.getKeyDerivationFunc().getAlgorithm(), parameters.getKeyDerivationFunc().getParameters());
    byte[] key = derived(derivation, bytes, password);
    try {
      Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding", MODULE);
      cipher.init(Cipher.DECRYPT_MODE, new SecretKeySpec(key, "AES"), new IvParameterSpec(initialisationVector(parameters)));
      return cipher.doFinal(content);
    } finally {
      Arrays.fill(key, (byte) 0);
    }
  }

  /** AES-256, PBKDF2 with HMAC-SHA-256. Throws where the password is shorter than the module takes: what is written is protected anew. */
  static EncryptedPrivateKeyInfo encrypted(byte[] plain, char[] password) throws IOException, GeneralSecurityException {
    if (bytesOf(password) < LEAST_PASSWORD) {
      throw new Refusal("its password has " + bytesOf(password) + " bytes, and the module takes " + LEAST_PASSWORD + " or more");
    }
    SecureRandom random = SecureRandom.getInstance("DEFAULT", MODULE);
    byte[] salt = new byte[SALT];
    byte[] vector = new byte[16];
    random.nextBytes(salt);
    random.nextBytes(vector);
    AlgorithmIdentifier prf = new AlgorithmIdentifier(PKCSObjectIdentifiers.id_hmacWithSHA256, DERNull.INSTANCE);
    PBKDF2Params derivation = new PBKDF2Params(salt, ITERATIONS, 32, prf);
    byte[] key = derived(derivation, 32, password);
    try {
      Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding", MODULE);
      cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new IvParameterSpec(vector));
      PBES2Parameters parameters = new PBES2Parameters(new KeyDerivationFunc(PKCSObjectIdentifiers.id_PBKDF2, derivation),
          new EncryptionScheme(new ASN1ObjectIdentifier(AES_256_CBC), new DEROctetString(vector)));
      return new EncryptedPrivateKeyInfo(new AlgorithmIdentifier(PKCSObjectIdentifiers.id_PBES2, parameters), cipher.doFinal(plain));
    } finally {
      Arrays.fill(key, (byte) 0);
    }
  }
}
