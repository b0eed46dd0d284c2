// SPDX-License-Identifier: Apache-2.0
// Key stores and names as programs use them, by the standard API alone. Arguments: what to do, and with what. One line for each result,
// "NAME RESULT"; whoever runs it looks at the lines.
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.DrbgParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.Certificate;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import javax.security.sasl.Sasl;
import javax.security.sasl.SaslClient;
import javax.xml.crypto.dsig.CanonicalizationMethod;
import javax.xml.crypto.dsig.DigestMethod;
import javax.xml.crypto.dsig.Reference;
import javax.xml.crypto.dsig.SignedInfo;
import javax.xml.crypto.dsig.Transform;
import javax.xml.crypto.dsig.XMLSignature;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMSignContext;
import javax.xml.crypto.dsig.dom.DOMValidateContext;
import javax.xml.crypto.dsig.spec.C14NMethodParameterSpec;
import javax.xml.crypto.dsig.spec.TransformParameterSpec;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;

public final class Stores {
  private interface Step {
    Object run() throws Exception;
  }

  private static void step(String name, Step step) {
    String result;
    try {
      result = String.valueOf(step.run());
    } catch (Exception | Error failure) {
      result = "failed: " + failure.getClass().getSimpleName() + ": " + failure.getMessage();
    }
    System.out.println(name + " " + result);
  }

  private static String drawn(SecureRandom random) {
    random.setSeed(1);
    byte[] first = new byte[16];
    random.nextBytes(first);
    return random.getProvider().getName() + (MessageDigest.isEqual(first, new byte[16]) ? " of zeros" : "");
  }

  private static void names() {
    for (String name : List.of("SHA1PRNG", "NativePRNG", "NativePRNGBlocking", "NativePRNGNonBlocking", "DRBG")) {
      step(name, () -> drawn(SecureRandom.getInstance(name)));
    }
    step("jitter-for-a-mebibyte", () -> {
      // The module's generator expands what it was seeded with; the source itself would have to make all of it.
      long before = kif.java.JitterSource.counters().bytesServed();
      for (String name : List.of("SHA1PRNG", "NativePRNG", "DRBG")) {
        SecureRandom.getInstance(name).nextBytes(new byte[1 << 20]);
      }
      return kif.java.JitterSource.counters().bytesServed() - before < 1 << 14 ? "little" : "as much";
    });
    step("SHA1PRNG-twice", () -> {
      // With Sun's the same seed gives the same bytes; a DRBG's seed only adds.
      long[] seen = new long[2];
      for (int i = 0; i < 2; ++i) {
        SecureRandom random = SecureRandom.getInstance("SHA1PRNG");
        random.setSeed(7);
        seen[i] = random.nextLong();
      }
      return seen[0] == seen[1] ? "the same" : "different";
    });
    step("DRBG-parameters", () -> drawn(SecureRandom.getInstance("DRBG", DrbgParameters.instantiation(256, DrbgParameters.Capability.RESEED_ONLY, null))));
    for (String name : List.of("SunX509", "NewSunX509", "PKIX")) {
      step("keys-" + name, () -> KeyManagerFactory.getInstance(name).getProvider().getName());
    }
    for (String name : List.of("SunX509", "PKIX")) {
      step("trust-" + name, () -> TrustManagerFactory.getInstance(name).getProvider().getName());
    }
    step("SunEC", () -> KeyPairGenerator.getInstance("EC", "SunEC").getProvider().getName());
    step("SunJCE", () -> Cipher.getInstance("AES/GCM/NoPadding", "SunJCE").getProvider().getName());
    step("SunRsaSign", () -> Signature.getInstance("SHA256withRSA", "SunRsaSign").getProvider().getName());
    step("SunJSSE", () -> SSLContext.getInstance("TLS", "SunJSSE").getProvider().getName());
    step("SunJCE-des", () -> Cipher.getInstance("DES/ECB/NoPadding", "SunJCE").getProvider().getName());
    step("SunJCE-hmac-md5", () -> Mac.getInstance("HmacMD5", "SunJCE").getProvider().getName());
    step("SunEC-x25519", () -> KeyPairGenerator.getInstance("X25519", "SunEC").generateKeyPair().getPublic().getAlgorithm());
    step("SUN", () -> MessageDigest.getInstance("SHA-256", "SUN").getProvider().getName());
    step("default", () -> new SecureRandom().getProvider().getName() + " " + Cipher.getInstance("AES/GCM/NoPadding").getProvider().getName());
  }

  /** Each entry with what it is, in the order of names: "a=key(RSA,2) b=certificate". */
  private static String entries(KeyStore store, char[] password) throws Exception {
    Map<String, String> entries = new TreeMap<>();
    for (String alias : Collections.list(store.aliases())) {
      if (store.isKeyEntry(alias)) {
        Certificate[] chain = store.getCertificateChain(alias);
        String algorithm = password == null ? "?" : store.getKey(alias, password).getAlgorithm();
        entries.put(alias, "key(" + algorithm + "," + (chain == null ? "none" : chain.length) + ")");
      } else {
        entries.put(alias, store.isCertificateEntry(alias) ? "certificate" : "neither");
      }
    }
    return entries.toString();
  }

  private static KeyStore loaded(String type, String file, char[] password) throws Exception {
    KeyStore store = KeyStore.getInstance(type);
    try (InputStream stream = new FileInputStream(file)) {
      store.load(stream, password);
    }
    return store;
  }

  /** TYPE FILE PASSWORD, where the password may be "none". */
  private static void load(String type, String file, String password) {
    char[] letters = password.equals("none") ? null : password.toCharArray();
    step(new File(file).getName(), () -> {
      KeyStore store = type.equals("by-file") ? KeyStore.getInstance(new File(file), letters) : loaded(type, file, letters);
      return (type.equals("by-file") ? store.getType() + " " : "") + entries(store, letters);
    });
  }

  /** What libraries do that are given PEM: an empty store, filled and handed to the factories. */
  private static void memory(String file) throws Exception {
    char[] password = "changeit".toCharArray();
    KeyStore source = loaded("PKCS12", file, password);
    String alias = source.aliases().nextElement();
    for (String type : List.of("JKS", "PKCS12", "BCFKS")) {
      step(type, () -> {
        KeyStore store = KeyStore.getInstance(type);
        store.load(null, null);
        store.setKeyEntry("Own", source.getKey(alias, password), password, source.getCertificateChain(alias));
        store.setCertificateEntry("ca", source.getCertificate(alias));
        KeyManagerFactory keys = KeyManagerFactory.getInstance("SunX509");
        keys.init(store, password);
        TrustManagerFactory trust = TrustManagerFactory.getInstance("SunX509");
        trust.init(store);
        int trusted = ((X509TrustManager) trust.getTrustManagers()[0]).getAcceptedIssuers().length;
        return keys.getKeyManagers().length + " " + trusted + " " + store.getProvider().getName() + " " + entries(store, password);
      });
    }
    step("wrong-password", () -> {
      KeyStore store = KeyStore.getInstance("JKS");
      store.load(null, null);
      store.setKeyEntry("own", source.getKey(alias, password), password, source.getCertificateChain(alias));
      return store.getKey("own", "another".toCharArray());
    });
    for (String type : List.of("JKS", "PKCS12", "BCFKS")) {
      for (String length : List.of("short", "long")) {
        char[] with = (length.equals("short") ? "changeit" : "changeitchangeit").toCharArray();
        step("written-" + type + "-" + length, () -> {
          KeyStore store = KeyStore.getInstance(type);
          store.load(null, null);
          store.setKeyEntry("own", source.getKey(alias, password), with, source.getCertificateChain(alias));
          store.setCertificateEntry("ca", source.getCertificate(alias));
          return again(store, type, with);
        });
      }
      step("written-" + type + "-certificates", () -> {
        KeyStore store = KeyStore.getInstance(type);
        store.load(null, null);
        store.setCertificateEntry("ca", source.getCertificate(alias));
        return again(store, type, password);
      });
    }
  }

  private static String again(KeyStore store, String type, char[] password) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    store.store(bytes, password);
    KeyStore read = KeyStore.getInstance(type);
    read.load(new ByteArrayInputStream(bytes.toByteArray()), password);
    return entries(read, password);
  }

  /** A store that is made anew in FILE: TYPE FILE PASSWORD. */
  private static void write(String type, String file, String password) {
    step("written", () -> {
      char[] letters = password.toCharArray();
      KeyStore source = loaded("PKCS12", "/stores/rsa.p12", "changeit".toCharArray());
      KeyStore store = KeyStore.getInstance(type);
      store.load(null, null);
      store.setKeyEntry("own", source.getKey("own", "changeit".toCharArray()), letters, source.getCertificateChain("own"));
      store.setCertificateEntry("ca", source.getCertificate("own"));
      if (type.equals("PKCS12")) {
        store.setEntry("secret", new KeyStore.SecretKeyEntry(new SecretKeySpec("sixteen letters.".getBytes(), "AES")),
            new KeyStore.PasswordProtection(letters));
      }
      try (OutputStream stream = new FileOutputStream(file)) {
        store.store(stream, letters);
      }
      return entries(loaded(type, file, letters), letters);
    });
  }

  /** What is read is written again without a loss, also under another password of the store. */
  private static void rewrite(String file) {
    step("rewritten", () -> {
      KeyStore store = loaded("PKCS12", file, "changeit".toCharArray());
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      store.store(bytes, null);
      KeyStore read = KeyStore.getInstance("PKCS12");
      read.load(new ByteArrayInputStream(bytes.toByteArray()), "changeit".toCharArray());
      return entries(read, "changeit".toCharArray());
    });
  }

  /** The store with single bytes changed: each is read or refused, and nothing else comes out. */
  private static void flip(String file) throws Exception {
    byte[] whole;
    try (InputStream stream = new FileInputStream(file)) {
      whole = stream.readAllBytes();
    }
    int refused = 0;
    int read = 0;
    String other = "";
    for (int i = 0; i < whole.length; i += 1 + whole.length / 400) {
      byte[] changed = whole.clone();
      changed[i] ^= (byte) (1 << i % 8);
      char[] password = i % 3 == 0 ? null : "changeit".toCharArray(); // without one the MAC is not compared, and more is parsed
      try {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(new ByteArrayInputStream(changed), password);
        for (String alias : Collections.list(store.aliases())) {
          store.getKey(alias, "changeit".toCharArray());
        }
        ++read;
      } catch (IOException | GeneralSecurityException refusal) {
        ++refused;
      } catch (Exception | Error failure) {
        other += " " + i + ":" + failure;
      }
    }
    System.out.println(new File(file).getName() + " " + (refused > 0 && read > 0 ? "both" : refused + " " + read) + other);
  }

  private static void builder() {
    for (String type : List.of("PKCS12", "JKS", "BCFKS")) {
      step(type, () -> {
        KeyStore store = KeyStore.Builder.newInstance(type, null, new KeyStore.PasswordProtection("changeit".toCharArray())).getKeyStore();
        return store.getType() + " " + store.size();
      });
    }
    step("prediction-resistance", () -> SecureRandom.getInstance("DRBG",
        DrbgParameters.instantiation(256, DrbgParameters.Capability.PR_AND_RESEED, null)).getAlgorithm());
    step("reseed", () -> {
      SecureRandom random = SecureRandom.getInstance("DRBG");
      random.reseed();
      return drawn(random);
    });
  }

  /** A private key in PKCS #8 under a password, as Kafka and others open PEM. */
  private static void encryptedKey(String file) {
    step("encrypted-key", () -> {
      String text = java.nio.file.Files.readString(java.nio.file.Path.of(file)).replaceAll("-----[A-Z ]*-----", "");
      EncryptedPrivateKeyInfo info = new EncryptedPrivateKeyInfo(java.util.Base64.getMimeDecoder().decode(text));
      SecretKeyFactory factory = SecretKeyFactory.getInstance(info.getAlgName());
      Cipher cipher = Cipher.getInstance(info.getAlgName());
      cipher.init(Cipher.DECRYPT_MODE, factory.generateSecret(new PBEKeySpec("changeit".toCharArray())), info.getAlgParameters());
      String key = KeyFactory.getInstance("RSA").generatePrivate(info.getKeySpec(cipher)).getAlgorithm();
      return info.getAlgName() + " " + key;
    });
  }

  /** What a client trusts that names no store of its own. */
  private static void trusted() {
    step("trusted", () -> {
      TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init((KeyStore) null);
      return ((X509TrustManager) factory.getTrustManagers()[0]).getAcceptedIssuers().length;
    });
  }


  private static String xml(String signatureMethod, String digestMethod) throws Exception {
    XMLSignatureFactory factory = XMLSignatureFactory.getInstance("DOM");
    Reference reference = factory.newReference("", factory.newDigestMethod(digestMethod, null),
        List.of(factory.newTransform(Transform.ENVELOPED, (TransformParameterSpec) null)), null, null);
    SignedInfo info = factory.newSignedInfo(factory.newCanonicalizationMethod(CanonicalizationMethod.EXCLUSIVE, (C14NMethodParameterSpec) null),
        factory.newSignatureMethod(signatureMethod, null), List.of(reference));
    DocumentBuilderFactory builders = DocumentBuilderFactory.newInstance();
    builders.setNamespaceAware(true);
    Document document = builders.newDocumentBuilder().parse(new ByteArrayInputStream("<a><b/></a>".getBytes()));
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    var pair = generator.generateKeyPair();
    factory.newXMLSignature(info, null).sign(new DOMSignContext(pair.getPrivate(), document.getDocumentElement()));
    var node = document.getElementsByTagNameNS(XMLSignature.XMLNS, "Signature").item(0);
    boolean good = factory.unmarshalXMLSignature(new DOMValidateContext(pair.getPublic(), node)).validate(new DOMValidateContext(pair.getPublic(), node));
    document.getDocumentElement().setAttribute("changed", "1");
    DOMValidateContext changed = new DOMValidateContext(pair.getPublic(), node);
    return factory.getProvider().getName() + " " + good + " " + factory.unmarshalXMLSignature(changed).validate(changed);
  }

  private static void beside() {
    step("xml", () -> xml("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", DigestMethod.SHA256));
    step("xml-md5", () -> xml("http://www.w3.org/2001/04/xmldsig-more#rsa-md5", DigestMethod.SHA256));
    for (String mechanism : List.of("PLAIN", "EXTERNAL", "CRAM-MD5", "DIGEST-MD5", "NTLM")) {
      step(mechanism, () -> {
        SaslClient client = Sasl.createSaslClient(new String[] {mechanism}, "user", "imap", "localhost", Map.of(), callbacks -> {
          for (var callback : callbacks) {
            if (callback instanceof javax.security.auth.callback.NameCallback) {
              ((javax.security.auth.callback.NameCallback) callback).setName("user");
            } else if (callback instanceof javax.security.auth.callback.PasswordCallback) {
              ((javax.security.auth.callback.PasswordCallback) callback).setPassword("secret".toCharArray());
            }
          }
        });
        byte[] answer = client.evaluateChallenge(client.hasInitialResponse() ? new byte[0] : "<1@localhost>".getBytes());
        return answer == null ? "nothing" : answer.length + " bytes";
      });
    }
    step("ldap", () -> java.security.cert.CertStore.getInstance("LDAP", new java.security.cert.LDAPCertStoreParameters("localhost")).getProvider().getName());
  }

  private static String hex(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (byte value : bytes) {
      text.append(String.format("%02x", value));
    }
    return text.toString();
  }

  /** HMAC and PBKDF2 with secrets of these many letters. */
  private static void secrets() {
    for (String digest : List.of("SHA1", "SHA256", "SHA512")) {
      for (String secret : List.of("key", "changeit", "gr\u00fc\u00dfe", "a long secret of 25 bytes")) {
        step("hmac-" + digest + "-" + secret.length(), () -> {
          Mac mac = Mac.getInstance("Hmac" + digest);
          mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "Hmac" + digest));
          mac.update((byte) 'a');
          return hex(mac.doFinal("bc".getBytes())) + hex(mac.doFinal("again".getBytes()));
        });
        step("pbkdf2-" + digest + "-" + secret.length(), () -> hex(SecretKeyFactory.getInstance("PBKDF2WithHmac" + digest)
            .generateSecret(new PBEKeySpec(secret.toCharArray(), "a salt of 16 bytes".getBytes(), 4096, 256)).getEncoded()));
      }
    }
    step("pbkdf2-short-salt", () -> hex(SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
        .generateSecret(new PBEKeySpec("a long secret of 25 bytes".toCharArray(), "8 bytes.".getBytes(), 4096, 256)).getEncoded()));
  }

  public static void main(String[] arguments) throws Exception {
    switch (arguments[0]) {
      case "names":
        names();
        break;
      case "load":
        for (int i = 3; i < arguments.length; ++i) {
          load(arguments[1], arguments[i], arguments[2]);
        }
        break;
      case "memory":
        memory(arguments[1]);
        break;
      case "write":
        write(arguments[1], arguments[2], arguments[3]);
        break;
      case "encrypted-key":
        encryptedKey(arguments[1]);
        break;
      case "rewrite":
        rewrite(arguments[1]);
        break;
      case "flip":
        for (int i = 1; i < arguments.length; ++i) {
          flip(arguments[i]);
        }
        break;
      case "builder":
        builder();
        break;
      case "trusted":
        trusted();
        break;
      case "secrets":
        secrets();
        break;
      case "beside":
        beside();
        break;
      default:
        throw new IllegalArgumentException(arguments[0]);
    }
    System.exit(0);
  }
}
