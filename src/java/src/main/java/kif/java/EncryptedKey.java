// SPDX-License-Identifier: Apache-2.0
package kif.java;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyFactory;
import java.security.NoSuchAlgorithmException;
import java.security.UnrecoverableKeyException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Map;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.pkcs.EncryptedPrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;

/** A private or secret key in an envelope, as it is in a file. */
final class EncryptedKey implements MemoryStore.HeldKey {
  /** Secret keys by the names that programs know. */
  private static final Map<String, String> SECRETS = Map.of("2.16.840.1.101.3.4.1", "AES", "1.2.840.113549.2.7", "HmacSHA1",
      "1.2.840.113549.2.8", "HmacSHA224", "1.2.840.113549.2.9", "HmacSHA256", "1.2.840.113549.2.10", "HmacSHA384", "1.2.840.113549.2.11",
      "HmacSHA512");

  private final EncryptedPrivateKeyInfo info;
  private final byte[] file; // for the sentence; null: it is of none
  private final boolean isSecret;

  EncryptedKey(EncryptedPrivateKeyInfo info, byte[] file, boolean isSecret) {
    this.info = info;
    this.file = file;
    this.isSecret = isSecret;
  }

  @Override
  public EncryptedPrivateKeyInfo envelope() {
    return info;
  }

  @Override
  public boolean isSecret() {
    return isSecret;
  }

  @Override
  public Key open(char[] given) throws NoSuchAlgorithmException, UnrecoverableKeyException {
    byte[] plain = null;
    try {
      plain = Pbes2.decrypted(info.getEncryptionAlgorithm(), info.getEncryptedData(), given == null ? new char[0] : given);
      return isSecret ? secretKey(plain) : privateKey(plain);
    } catch (IOException | GeneralSecurityException | RuntimeException exception) {
      UnrecoverableKeyException wrong = new UnrecoverableKeyException(
          "cannot open a key of " + (file == null ? "the key store" : StoreFormat.nameOf(file)) + ": " + exception.getMessage());
      wrong.initCause(exception);
      throw wrong;
    } finally {
      if (plain != null) {
        Arrays.fill(plain, (byte) 0);
      }
    }
  }

  static Key privateKey(byte[] der) throws UnrecoverableKeyException {
    try {
      String algorithm = PrivateKeyInfo.getInstance(der).getPrivateKeyAlgorithm().getAlgorithm().getId();
      return KeyFactory.getInstance(algorithm, Pbes2.MODULE).generatePrivate(new PKCS8EncodedKeySpec(der));
    } catch (GeneralSecurityException | RuntimeException exception) {
      UnrecoverableKeyException wrong = new UnrecoverableKeyException("the private key cannot be used: " + exception.getMessage());
      wrong.initCause(exception);
      throw wrong;
    }
  }

  private static Key secretKey(byte[] der) {
    ASN1Sequence parts = ASN1Sequence.getInstance(der);
    ASN1Integer.getInstance(parts.getObjectAt(0));
    String id = AlgorithmIdentifier.getInstance(parts.getObjectAt(1)).getAlgorithm().getId();
    return new SecretKeySpec(ASN1OctetString.getInstance(parts.getObjectAt(2)).getOctets(), SECRETS.getOrDefault(id, id));
  }

  /** The name that the file says it has, for a secret key of a program. */
  static String idOf(String algorithm) {
    for (Map.Entry<String, String> named : SECRETS.entrySet()) {
      if (named.getValue().equalsIgnoreCase(algorithm)) {
        return named.getKey();
      }
    }
    return null;
  }
}
