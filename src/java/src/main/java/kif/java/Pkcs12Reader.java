// SPDX-License-Identifier: Apache-2.0
package kif.java;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.UnrecoverableKeyException;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1InputStream;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1Set;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.ASN1TaggedObject;
import org.bouncycastle.asn1.pkcs.AuthenticatedSafe;
import org.bouncycastle.asn1.pkcs.CertBag;
import org.bouncycastle.asn1.pkcs.ContentInfo;
import org.bouncycastle.asn1.pkcs.EncryptedData;
import org.bouncycastle.asn1.pkcs.EncryptedPrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.MacData;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.Pfx;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.SafeBag;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;

/**
 * Reads PKCS #12 files (RFC 7292) that are encrypted by {@link Pbes2}, as the JDK has made them since 8u301 and OpenSSL since 3.2. All of it
 * is computed by the FIPS module. What is encrypted otherwise is refused with the command that converts it. Which entries a file has, and
 * which certificates stand with a key, are the JDK's rules.
 *
 * <p>Two things are decided in docs/design/0032-java-stores.md: a MAC by PKCS #12's own key derivation is compared, and claims nothing; a
 * password below the module's least length is taken, since whoever made the file chose it.
 */
final class Pkcs12Reader {
  /** For the sentence about a file that cannot be read here. */
  static final String HOW_TO_CONVERT = "convert it where there is a JDK of 2021 or newer that is not hardened: "
      + "keytool -importkeystore -srckeystore OLD -destkeystore NEW.p12 -deststoretype PKCS12";

  /** OpenSSL's own salt for it has 8 bytes; few JDKs know it at all. */
  private static final String HOW_TO_MAKE_PBMAC1 = "make it anew by openssl pkcs12 -export -pbmac1_pbkdf2 -macsaltlen 16";

  private static final String PKCS_9 = "1.2.840.113549.1.9.";
  static final String FRIENDLY_NAME = PKCS_9 + "20";
  static final String LOCAL_KEY_ID = PKCS_9 + "21";
  /** Of a certificate bag: the JDK trusts the certificate. Others are there for a chain. */
  static final String TRUSTED_KEY_USAGE = "2.16.840.1.113894.746875.1.1";
  private static final String PBMAC1 = "1.2.840.113549.1.5.14";
  /** RFC 9579, section 9. */
  private static final int LEAST_MAC_KEY = 20;
  private static final int MOST_MAC_KEY = 1024;

  private static final Map<String, String> DIGESTS = Map.of("1.3.14.3.2.26", "SHA-1", "2.16.840.1.101.3.4.2.4", "SHA-224",
      "2.16.840.1.101.3.4.2.1", "SHA-256", "2.16.840.1.101.3.4.2.2", "SHA-384", "2.16.840.1.101.3.4.2.3", "SHA-512");
  private static final int MAX_DEPTH = 8;

  private final byte[] file;
  private final char[] password;
  private final CertificateFactory certificates = CertificateFactory.getInstance("X.509", Pbes2.MODULE);
  private final List<KeyBag> keys = new ArrayList<>();
  private final List<CertificateBag> bags = new ArrayList<>();

  private static final class KeyBag {
    String name;
    String id;
    MemoryStore.HeldKey key;
    boolean isSecret;
  }

  private static final class CertificateBag {
    String name;
    String id;
    boolean isTrusted;
    X509Certificate certificate;
  }

  private Pkcs12Reader(byte[] file, char[] password) throws GeneralSecurityException {
    this.file = file;
    this.password = password;
  }

  /** {@code password} may be null: then the MAC is not compared, and what is encrypted is passed over, but for keys. */
  static MemoryStore read(byte[] bytes, char[] password) throws IOException, GeneralSecurityException {
    Pkcs12Reader reader = new Pkcs12Reader(bytes, password);
    try {
      reader.readFile();
      return reader.asStore();
    } catch (RuntimeException exception) { // a file can be anything: what parses it throws many kinds
      throw reader.damaged(exception.toString());
    }
  }

  /** The key in the DER of an EncryptedPrivateKeyInfo (PKCS #8), which must be one that can be opened. */
  static MemoryStore.HeldKey encryptedKey(byte[] der) throws IOException {
    try {
      EncryptedPrivateKeyInfo info = EncryptedPrivateKeyInfo.getInstance(ASN1Primitive.fromByteArray(der));
      Pbes2.check(info.getEncryptionAlgorithm());
      return new EncryptedKey(info, null, false);
    } catch (Pbes2.Refusal refusal) {
      throw new IOException("the key cannot be kept: " + refusal.getMessage(), refusal);
    } catch (RuntimeException exception) {
      throw new IOException("it is no EncryptedPrivateKeyInfo: " + exception.getMessage(), exception);
    }
  }

  private void readFile() throws IOException, GeneralSecurityException {
    Pfx pfx = Pfx.getInstance(parsed(file));
    ContentInfo content = pfx.getAuthSafe();
    if (!content.getContentType().equals(PKCSObjectIdentifiers.data)) {
      throw refused("its content is signed, not protected by a password");
    }
    byte[] safe = ASN1OctetString.getInstance(content.getContent()).getOctets();
    if (pfx.getMacData() != null && password != null) {
      checkMac(pfx.getMacData(), safe);
    }
    for (ContentInfo part : AuthenticatedSafe.getInstance(parsed(safe)).getContentInfo()) {
      if (part.getContentType().equals(PKCSObjectIdentifiers.data)) {
        readBags(ASN1OctetString.getInstance(part.getContent()).getOctets(), 0);
      } else if (part.getContentType().equals(PKCSObjectIdentifiers.encryptedData)) {
        if (password != null) {
          EncryptedData encrypted = EncryptedData.getInstance(part.getContent());
          byte[] plain = decrypted(encrypted.getEncryptionAlgorithm(), encrypted.getContent().getOctets());
          try {
            readBags(plain, 0);
          } finally {
            Arrays.fill(plain, (byte) 0);
          }
        }
      } else {
        throw refused("a part of it is encrypted for a public key");
      }
    }
  }

  private void readBags(byte[] safeContents, int depth) throws IOException, GeneralSecurityException {
    if (depth > MAX_DEPTH) {
      throw damaged("its parts are too deep in each other");
    }
    for (ASN1Encodable element : ASN1Sequence.getInstance(parsed(safeContents))) {
      SafeBag bag = SafeBag.getInstance(element);
      ASN1ObjectIdentifier type = bag.getBagId();
      if (type.equals(PKCSObjectIdentifiers.certBag)) {
        addCertificate(bag);
      } else if (type.equals(PKCSObjectIdentifiers.pkcs8ShroudedKeyBag)) {
        addKey(bag, encrypted(EncryptedPrivateKeyInfo.getInstance(bag.getBagValue()), false), false);
      } else if (type.equals(PKCSObjectIdentifiers.secretBag)) {
        addSecret(bag);
      } else if (type.equals(PKCSObjectIdentifiers.keyBag)) {
        byte[] plain = PrivateKeyInfo.getInstance(bag.getBagValue()).getEncoded(ASN1Encoding.DER);
        addKey(bag, ignored -> EncryptedKey.privateKey(plain), false);
      } else if (type.equals(PKCSObjectIdentifiers.safeContentsBag)) {
        readBags(bag.getBagValue().toASN1Primitive().getEncoded(), depth + 1);
      } else {
        throw refused("it has an entry of the type " + type.getId() + ", which no KeyStore has");
      }
    }
  }

  private EncryptedKey encrypted(EncryptedPrivateKeyInfo info, boolean isSecret) throws IOException {
    checkApproved(info.getEncryptionAlgorithm());
    return new EncryptedKey(info, file, isSecret);
  }

  /** As the JDK writes a SecretKey: a shrouded key that is none, in a bag for secrets. */
  private void addSecret(SafeBag bag) throws IOException {
    ASN1Sequence value = ASN1Sequence.getInstance(bag.getBagValue());
    if (!ASN1ObjectIdentifier.getInstance(value.getObjectAt(0)).equals(PKCSObjectIdentifiers.pkcs8ShroudedKeyBag)) {
      throw refused("it has a secret of the type " + value.getObjectAt(0) + ", which no KeyStore has");
    }
    ASN1OctetString content = ASN1OctetString.getInstance(ASN1TaggedObject.getInstance(value.getObjectAt(1)), true);
    addKey(bag, encrypted(EncryptedPrivateKeyInfo.getInstance(parsed(content.getOctets())), true), true);
  }

  /** The first value: what comes after it is nobody's, as with the JDK. */
  private ASN1Primitive parsed(byte[] bytes) throws IOException {
    try (ASN1InputStream stream = new ASN1InputStream(bytes)) {
      ASN1Primitive value = stream.readObject();
      if (value == null) {
        throw damaged("a part of it is empty");
      }
      return value;
    } catch (org.bouncycastle.asn1.ASN1Exception | java.io.EOFException exception) {
      throw damaged(exception.getMessage());
    } catch (IOException exception) {
      throw exception.getMessage() != null && exception.getMessage().startsWith("cannot load") ? exception : damaged(exception.getMessage());
    }
  }

  private void addCertificate(SafeBag bag) throws GeneralSecurityException {
    CertBag value = CertBag.getInstance(bag.getBagValue());
    if (!value.getCertId().equals(PKCSObjectIdentifiers.x509Certificate)) {
      return;
    }
    CertificateBag added = new CertificateBag();
    Map<String, ASN1Encodable> attributes = attributes(bag);
    added.name = name(attributes);
    added.id = id(attributes);
    added.isTrusted = attributes.containsKey(TRUSTED_KEY_USAGE);
    byte[] der = ASN1OctetString.getInstance(value.getCertValue()).getOctets();
    added.certificate = (X509Certificate) certificates.generateCertificate(new ByteArrayInputStream(der));
    if (added.certificate == null) {
      throw new IllegalArgumentException("a certificate is empty");
    }
    bags.add(added);
  }

  private void addKey(SafeBag bag, MemoryStore.HeldKey key, boolean isSecret) {
    KeyBag added = new KeyBag();
    Map<String, ASN1Encodable> attributes = attributes(bag);
    added.name = name(attributes);
    added.id = id(attributes);
    added.key = key;
    added.isSecret = isSecret;
    keys.add(added);
  }

  private static Map<String, ASN1Encodable> attributes(SafeBag bag) {
    Map<String, ASN1Encodable> attributes = new HashMap<>();
    if (bag.getBagAttributes() != null) {
      for (ASN1Encodable element : bag.getBagAttributes()) {
        ASN1Sequence attribute = ASN1Sequence.getInstance(element);
        ASN1Set values = ASN1Set.getInstance(attribute.getObjectAt(1));
        attributes.put(ASN1ObjectIdentifier.getInstance(attribute.getObjectAt(0)).getId(), values.size() == 0 ? null : values.getObjectAt(0));
      }
    }
    return attributes;
  }

  private static String name(Map<String, ASN1Encodable> attributes) {
    ASN1Encodable name = attributes.get(FRIENDLY_NAME);
    return name == null ? null : ((ASN1String) name.toASN1Primitive()).getString();
  }

  private static String id(Map<String, ASN1Encodable> attributes) {
    ASN1Encodable id = attributes.get(LOCAL_KEY_ID);
    return id == null ? null : new BigInteger(1, ASN1OctetString.getInstance(id).getOctets()).toString(16);
  }

  /** Keys with their chains, then what is trusted; names as the JDK gives them where the file has none. */
  private MemoryStore asStore() {
    MemoryStore store = new MemoryStore(StoreFormat.PKCS12);
    int unnamed = 0;
    for (KeyBag key : keys) {
      store.addKey(key.name != null ? key.name : Integer.toString(++unnamed), key.key, key.isSecret ? null : chain(key), new Date());
    }
    for (CertificateBag bag : bags) {
      if (bag.isTrusted) {
        store.addCertificate(bag.name != null ? bag.name : Integer.toString(++unnamed), bag.certificate, new Date());
      }
    }
    return store;
  }

  /** The certificate of a key: by id and name, by id, by name; that of a file's one key is the first where the key has no id. */
  private CertificateBag certificateOf(KeyBag key) {
    CertificateBag byId = null;
    CertificateBag byName = null;
    for (CertificateBag bag : bags) {
      if (bag.isTrusted) {
        continue;
      }
      boolean hasId = key.id != null && key.id.equals(bag.id);
      boolean hasName = key.name != null && key.name.equalsIgnoreCase(bag.name);
      if (hasId && hasName) {
        return bag;
      }
      byId = byId == null && hasId ? bag : byId;
      byName = byName == null && hasName ? bag : byName;
    }
    if (byId != null || byName != null) {
      return byId != null ? byId : byName;
    }
    if (key.id == null && keys.stream().filter(other -> !other.isSecret).count() == 1) {
      return bags.stream().filter(bag -> !bag.isTrusted).findFirst().orElse(null);
    }
    return null;
  }

  /** Its certificate, that of its issuer, and so on, to one that signed itself; null: it has none. */
  private Certificate[] chain(KeyBag key) {
    CertificateBag leaf = certificateOf(key);
    if (leaf == null) {
      return null;
    }
    Set<X509Certificate> chain = new LinkedHashSet<>();
    X509Certificate last = leaf.certificate;
    while (last != null && chain.add(last)) {
      last = last.getSubjectX500Principal().equals(last.getIssuerX500Principal()) ? null : issuer(last);
    }
    return chain.toArray(new Certificate[0]);
  }

  /** Of those with the issuer's name the one whose key it says that it was signed by, else the first. */
  private X509Certificate issuer(X509Certificate certificate) {
    byte[] wanted = keyOfIssuer(certificate);
    X509Certificate first = null;
    for (CertificateBag bag : bags) {
      if (bag.certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal())) {
        if (wanted != null && Arrays.equals(wanted, keyOf(bag.certificate))) {
          return bag.certificate;
        }
        first = first == null ? bag.certificate : first;
      }
    }
    return first;
  }

  private static byte[] keyOfIssuer(X509Certificate certificate) {
    byte[] value = certificate.getExtensionValue(Extension.authorityKeyIdentifier.getId());
    return value == null ? null : AuthorityKeyIdentifier.getInstance(ASN1OctetString.getInstance(value).getOctets()).getKeyIdentifier();
  }

  private static byte[] keyOf(X509Certificate certificate) {
    byte[] value = certificate.getExtensionValue(Extension.subjectKeyIdentifier.getId());
    return value == null ? null : SubjectKeyIdentifier.getInstance(ASN1OctetString.getInstance(value).getOctets()).getKeyIdentifier();
  }

  private void checkMac(MacData data, byte[] content) throws IOException, GeneralSecurityException {
    AlgorithmIdentifier algorithm = data.getMac().getAlgorithmId();
    byte[] key;
    String digest;
    try {
      if (algorithm.getAlgorithm().getId().equals(PBMAC1)) {
        ASN1Sequence parameters = ASN1Sequence.getInstance(algorithm.getParameters());
        digest = Pbes2.hmac(AlgorithmIdentifier.getInstance(parameters.getObjectAt(1)));
        key = Pbes2.macKey(AlgorithmIdentifier.getInstance(parameters.getObjectAt(0)), LEAST_MAC_KEY, MOST_MAC_KEY, password);
      } else {
        String name = DIGESTS.get(algorithm.getAlgorithm().getId());
        if (name == null) {
          throw refused("its MAC is by " + algorithm.getAlgorithm().getId());
        }
        digest = name.replace("-", "");
        key = macKey(MessageDigest.getInstance(name, Pbes2.MODULE), data.getSalt(), Pbes2.iterations(data.getIterationCount()));
      }
    } catch (Pbes2.Refusal refusal) {
      String how = algorithm.getAlgorithm().getId().equals(PBMAC1) ? HOW_TO_MAKE_PBMAC1 : HOW_TO_CONVERT;
      throw new IOException("cannot load " + StoreFormat.nameOf(file) + ": it has a MAC, and " + refusal.getMessage() + "; " + how);
    }
    try {
      Mac mac = Mac.getInstance("Hmac" + digest, Pbes2.MODULE);
      mac.init(new SecretKeySpec(key, mac.getAlgorithm()));
      if (!MessageDigest.isEqual(mac.doFinal(content), data.getMac().getDigest())) {
        throw wrongPassword();
      }
    } finally {
      Arrays.fill(key, (byte) 0);
    }
  }

  /** RFC 7292, appendix B.2, for the purpose 3 (integrity): one block, since the key is as long as the digest. */
  private byte[] macKey(MessageDigest digest, byte[] salt, int iterations) {
    int block = digest.getDigestLength() > 32 ? 128 : 64;
    byte[] purpose = new byte[block];
    Arrays.fill(purpose, (byte) 3);
    byte[] letters = new byte[2 * password.length + 2]; // UTF-16, with an end of two zeros
    for (int i = 0; i < password.length; ++i) {
      letters[2 * i] = (byte) (password[i] >> 8);
      letters[2 * i + 1] = (byte) password[i];
    }
    byte[] filled = repeated(letters, block);
    digest.update(purpose);
    digest.update(repeated(salt, block));
    byte[] key = digest.digest(filled);
    Arrays.fill(letters, (byte) 0);
    Arrays.fill(filled, (byte) 0);
    for (int i = 1; i < iterations; ++i) {
      key = digest.digest(key);
    }
    return key;
  }

  /** As often as fills whole blocks. */
  private static byte[] repeated(byte[] bytes, int block) {
    byte[] out = new byte[(bytes.length + block - 1) / block * block];
    for (int i = 0; i < out.length; ++i) {
      out[i] = bytes[i % bytes.length];
    }
    return out;
  }

  private byte[] decrypted(AlgorithmIdentifier algorithm, byte[] content) throws IOException, GeneralSecurityException {
    checkApproved(algorithm);
    try {
      return Pbes2.decrypted(algorithm, content, password);
    } catch (javax.crypto.BadPaddingException | javax.crypto.IllegalBlockSizeException exception) {
      throw wrongPassword();
    }
  }

  private void checkApproved(AlgorithmIdentifier algorithm) throws IOException {
    try {
      Pbes2.check(algorithm);
    } catch (Pbes2.Refusal refusal) {
      throw refused(refusal.getMessage());
    }
  }

  private IOException wrongPassword() {
    return new IOException("cannot load " + StoreFormat.nameOf(file) + ": the password is another one, or the file is damaged",
        new UnrecoverableKeyException("the password is another one"));
  }

  private IOException refused(String why) {
    return new IOException("cannot load " + StoreFormat.nameOf(file) + ": " + why + "; " + HOW_TO_CONVERT);
  }

  private IOException damaged(String why) {
    return new IOException("cannot load " + StoreFormat.nameOf(file) + ": it is a damaged PKCS #12 file: " + why);
  }
}
