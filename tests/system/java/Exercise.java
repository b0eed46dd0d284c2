// SPDX-License-Identifier: Apache-2.0
// What a Java application does with cryptography, by the standard API alone: keys, signatures, AES-GCM, digests, random bytes, TLS 1.3
// between two threads; and what must be refused. One line for each, "NAME RESULT"; whoever runs it looks at the lines.
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import javax.crypto.Cipher;
import javax.crypto.KeyGenerator;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import kif.java.JitterSource;

public final class Exercise {
  private interface Step {
    String run() throws Exception;
  }

  private static void step(String name, Step step) {
    String result;
    try {
      result = step.run();
    } catch (Exception | Error failure) {
      result = "failed: " + failure;
    }
    System.out.println(name + " " + result);
  }

  /** The name of the exception with which it is refused, or "allowed". */
  private static void refused(String name, Step step) {
    String result = "allowed";
    try {
      step.run();
    } catch (GeneralSecurityException refusal) {
      result = "refused";
    } catch (Exception | Error failure) {
      result = failure.getClass().getSimpleName().equals("FipsUnapprovedOperationError") ? "refused" : "failed: " + failure;
    }
    System.out.println(name + " " + result);
  }

  private static String hex(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (byte value : bytes) {
      text.append(String.format("%02x", value));
    }
    return text.toString();
  }

  private static KeyPair keys(String algorithm, int bits) throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
    generator.initialize(bits);
    return generator.generateKeyPair();
  }

  private static String signed(KeyPair pair, String algorithm) throws GeneralSecurityException {
    byte[] message = "signed".getBytes();
    Signature signature = Signature.getInstance(algorithm);
    signature.initSign(pair.getPrivate());
    signature.update(message);
    byte[] value = signature.sign();
    signature.initVerify(pair.getPublic());
    signature.update(message);
    if (!signature.verify(value)) {
      return "a good signature was not taken";
    }
    value[value.length / 2] ^= 1;
    signature.update(message);
    try {
      if (signature.verify(value)) {
        return "a wrong signature was taken";
      }
    } catch (GeneralSecurityException malformed) {
      // A changed byte may break its encoding.
    }
    return "ok " + signature.getProvider().getName();
  }

  private static String gcm() throws GeneralSecurityException {
    KeyGenerator generator = KeyGenerator.getInstance("AES");
    generator.init(256);
    SecretKey key = generator.generateKey();
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(Cipher.ENCRYPT_MODE, key); // the initialisation vector is the module's own
    byte[] sealed = cipher.doFinal("sealed".getBytes());
    byte[] vector = cipher.getIV();
    cipher.init(Cipher.DECRYPT_MODE, key, new GCMParameterSpec(128, vector));
    return new String(cipher.doFinal(sealed)).equals("sealed") ? "ok " + cipher.getProvider().getName() : "another text came back";
  }

  private static String random(SecureRandom generator) {
    byte[] first = new byte[32];
    byte[] second = new byte[32];
    generator.nextBytes(first);
    generator.nextBytes(second);
    return hex(first).equals(hex(second)) ? "the same bytes twice" : "ok " + generator.getProvider().getName();
  }

  private static String sha256() throws GeneralSecurityException {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    return hex(digest.digest("abc".getBytes())) + " " + digest.getProvider().getName();
  }

  public static void main(String[] arguments) {
    step("java", () -> System.getProperty("java.specification.version"));
    step("random", () -> random(new SecureRandom()));
    step("strong", () -> random(SecureRandom.getInstanceStrong()));
    step("uuid", () -> java.util.UUID.randomUUID().equals(java.util.UUID.randomUUID()) ? "the same twice" : "ok");
    step("sha-256", Exercise::sha256);
    step("aes-256-gcm", Exercise::gcm);
    step("rsa-2048", () -> signed(keys("RSA", 2048), "SHA256withRSA"));
    step("p-256", () -> {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("P-256"));
      return signed(generator.generateKeyPair(), "SHA256withECDSA");
    });
    refused("md5", () -> MessageDigest.getInstance("MD5").getAlgorithm());
    refused("hmac-md5", () -> javax.crypto.Mac.getInstance("HmacMD5").getAlgorithm());
    refused("rsa-1024", () -> signed(keys("RSA", 1024), "SHA256withRSA"));
    refused("x25519", () -> KeyPairGenerator.getInstance("X25519").generateKeyPair().toString());
    refused("chacha20", () -> Cipher.getInstance("ChaCha20-Poly1305").getAlgorithm());
    if (arguments.length > 0 && arguments[0].equals("tls")) {
      step("tls", () -> Handshake.run(new String[] {"TLSv1.3"}));
      step("tls-1.1", () -> Handshake.run(new String[] {"TLSv1.1"}));
    }
    step("entropy-bytes", () -> String.valueOf(JitterSource.counters().bytesServed()));
    System.exit(0);
  }
}
