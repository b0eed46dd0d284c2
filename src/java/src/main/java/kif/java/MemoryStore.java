// SPDX-License-Identifier: Apache-2.0
package kif.java;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.KeyStoreException;
import java.security.KeyStoreSpi;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.Security;
import java.security.UnrecoverableKeyException;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.Date;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.bouncycastle.asn1.pkcs.EncryptedPrivateKeyInfo;

/**
 * A key store in this process's memory. Names of entries have no case, as in the JDK's JKS and PKCS12. Nothing is encrypted here: a password
 * opens the key that was put in with it and no other, as with the JDK's.
 */
final class MemoryStore extends KeyStoreSpi {
  /** A private or secret key as it lies in a store. */
  interface HeldKey {
    /** The key, or an exception that says that it is not this password. {@code password} may be null. */
    Key open(char[] password) throws NoSuchAlgorithmException, UnrecoverableKeyException;

    /** As it is in a PKCS #12 file; null: it is in none, or there in clear. */
    default EncryptedPrivateKeyInfo envelope() throws IOException, GeneralSecurityException {
      return null;
    }

    default boolean isSecret() {
      return false;
    }

    /** It is not asked for any more. */
    default void wipe() {}
  }

  /** A key that a program put in. */
  private static final class LiveKey implements HeldKey {
    private final Key key;
    private final char[] password;

    LiveKey(Key key, char[] password) {
      this.key = key;
      this.password = password == null ? NONE : password.clone();
    }

    @Override
    public Key open(char[] given) throws UnrecoverableKeyException {
      char[] compared = given == null ? NONE : given;
      int differs = compared.length ^ password.length;
      for (int i = 0; i < compared.length && password.length > 0; ++i) {
        differs |= compared[i] ^ password[i % password.length];
      }
      if (differs != 0) {
        throw new UnrecoverableKeyException("the password of the key is another one");
      }
      return key;
    }

    @Override
    public EncryptedPrivateKeyInfo envelope() throws IOException, GeneralSecurityException {
      byte[] plain = key.getEncoded();
      if (plain == null) {
        throw new KeyStoreException("the key has no encoding");
      }
      if (isSecret()) {
        String id = EncryptedKey.idOf(key.getAlgorithm());
        if (id == null) {
          throw new KeyStoreException("a secret key for " + key.getAlgorithm() + " has no name in this format");
        }
        plain = Pkcs12Writer.secret(id, plain);
      }
      try {
        return Pbes2.encrypted(plain, password);
      } finally {
        Arrays.fill(plain, (byte) 0);
      }
    }

    @Override
    public boolean isSecret() {
      return !(key instanceof PrivateKey);
    }

    @Override
    public void wipe() {
      Arrays.fill(password, '\0');
    }
  }

  private static final class Entry {
    final HeldKey key; // null: a certificate that is trusted
    final Certificate[] chain;
    final Date made;

    Entry(HeldKey key, Certificate[] chain, Date made) {
      this.key = key;
      this.chain = chain;
      this.made = made;
    }
  }

  private static final char[] NONE = {};

  private final StoreFormat type;
  private final Map<String, Entry> entries = Collections.synchronizedMap(new LinkedHashMap<>());

  /** An empty one. {@code type}: what {@code store} is to write. */
  MemoryStore(StoreFormat type) {
    this.type = type;
  }

  /** This, loaded, behind the class that programs use. */
  KeyStore asKeyStore() {
    KeyStore made = new Front(this, type.name());
    try {
      made.load(null, null); // marks it as loaded, and does nothing else
    } catch (IOException | GeneralSecurityException exception) {
      throw new IllegalStateException(exception);
    }
    return made;
  }

  private static final class Front extends KeyStore {
    Front(MemoryStore store, String type) {
      super(store, Security.getProvider(KifProvider.NAME), type);
    }
  }

  /** Adds a key of a file. */
  void addKey(String alias, HeldKey key, Certificate[] chain, Date made) {
    put(alias, new Entry(key, chain, made));
  }

  /** Adds a trusted certificate of a file. */
  void addCertificate(String alias, Certificate certificate, Date made) {
    put(alias, new Entry(null, new Certificate[] {certificate}, made));
  }

  private void put(String alias, Entry entry) {
    wipe(entries.put(folded(alias), entry));
  }

  private static void wipe(Entry gone) {
    if (gone != null && gone.key != null) {
      gone.key.wipe();
    }
  }

  private static String folded(String alias) {
    return alias.toLowerCase(Locale.ENGLISH);
  }

  private Entry entry(String alias) {
    return alias == null ? null : entries.get(folded(alias));
  }

  @Override
  public void engineLoad(InputStream stream, char[] password) {
    // What it holds was put in when it was made.
  }

  /** Keys are written under their own passwords, whatever {@code password} is; it may be null. */
  @Override
  public void engineStore(OutputStream stream, char[] password) throws IOException {
    Map<String, Entry> all;
    synchronized (entries) {
      all = new LinkedHashMap<>(entries);
    }
    boolean hasKeys = all.values().stream().anyMatch(entry -> entry.key != null);
    if (hasKeys && type != StoreFormat.PKCS12) {
      throw new IOException("cannot write a " + type + " key store with keys: "
          + (type == StoreFormat.JKS ? "their protection is not approved" : "it is for certificates") + "; use BCFKS or PKCS12");
    }
    try {
      if (type == StoreFormat.PKCS12) {
        stream.write(pkcs12(all));
      } else if (type == StoreFormat.JKS) {
        JksFile.write(certificates(all), made(all), stream, password == null ? NONE : password);
      } else {
        stream.write(pem(all));
      }
    } catch (GeneralSecurityException exception) {
      throw new IOException("cannot write the " + type + " key store: " + exception.getMessage(), exception);
    }
  }

  private static byte[] pkcs12(Map<String, Entry> all) throws IOException, GeneralSecurityException {
    Pkcs12Writer file = new Pkcs12Writer();
    for (Map.Entry<String, Entry> named : all.entrySet()) {
      Entry entry = named.getValue();
      if (entry.key == null) {
        file.addCertificate(named.getKey(), entry.chain[0]);
        continue;
      }
      EncryptedPrivateKeyInfo envelope;
      try {
        envelope = entry.key.envelope();
      } catch (Pbes2.Refusal refusal) {
        throw new IOException("cannot write the key " + named.getKey() + ": " + refusal.getMessage(), refusal);
      }
      if (envelope == null) {
        throw new IOException("cannot write the key " + named.getKey() + ": it was read in clear");
      }
      if (entry.key.isSecret()) {
        file.addSecret(named.getKey(), envelope);
      } else {
        file.addKey(named.getKey(), envelope, entry.chain);
      }
    }
    return file.bytes();
  }

  private static Map<String, Certificate> certificates(Map<String, Entry> all) {
    Map<String, Certificate> certificates = new LinkedHashMap<>();
    all.forEach((name, entry) -> certificates.put(name, entry.chain[0]));
    return certificates;
  }

  private static Map<String, Date> made(Map<String, Entry> all) {
    Map<String, Date> made = new LinkedHashMap<>();
    all.forEach((name, entry) -> made.put(name, entry.made));
    return made;
  }

  private static byte[] pem(Map<String, Entry> all) throws GeneralSecurityException {
    StringBuilder text = new StringBuilder();
    Base64.Encoder lines = Base64.getMimeEncoder(64, new byte[] {'\n'});
    for (Entry entry : all.values()) {
      text.append("-----BEGIN CERTIFICATE-----\n").append(lines.encodeToString(entry.chain[0].getEncoded()));
      text.append("\n-----END CERTIFICATE-----\n");
    }
    return text.toString().getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public Key engineGetKey(String alias, char[] password) throws NoSuchAlgorithmException, UnrecoverableKeyException {
    Entry entry = entry(alias);
    return entry == null || entry.key == null ? null : entry.key.open(password);
  }

  @Override
  public Certificate[] engineGetCertificateChain(String alias) {
    Entry entry = entry(alias);
    return entry == null || entry.key == null || entry.chain == null ? null : entry.chain.clone();
  }

  @Override
  public Certificate engineGetCertificate(String alias) {
    Entry entry = entry(alias);
    return entry == null || entry.chain == null || entry.chain.length == 0 ? null : entry.chain[0];
  }

  @Override
  public Date engineGetCreationDate(String alias) {
    Entry entry = entry(alias);
    return entry == null ? null : new Date(entry.made.getTime());
  }

  @Override
  public void engineSetKeyEntry(String alias, Key key, char[] password, Certificate[] chain) {
    put(alias, new Entry(new LiveKey(key, password), chain == null ? null : chain.clone(), new Date()));
  }

  @Override
  public void engineSetKeyEntry(String alias, byte[] key, Certificate[] chain) throws KeyStoreException {
    try {
      put(alias, new Entry(Pkcs12Reader.encryptedKey(key), chain == null ? null : chain.clone(), new Date()));
    } catch (IOException exception) {
      throw new KeyStoreException(exception.getMessage(), exception);
    }
  }

  @Override
  public void engineSetCertificateEntry(String alias, Certificate certificate) throws KeyStoreException {
    Entry entry = entry(alias);
    if (entry != null && entry.key != null) {
      throw new KeyStoreException("the entry " + alias + " is a key");
    }
    addCertificate(alias, certificate, new Date());
  }

  @Override
  public void engineDeleteEntry(String alias) {
    wipe(entries.remove(folded(alias)));
  }

  @Override
  public Enumeration<String> engineAliases() {
    synchronized (entries) {
      return Collections.enumeration(new ArrayList<>(entries.keySet()));
    }
  }

  @Override
  public boolean engineContainsAlias(String alias) {
    return entry(alias) != null;
  }

  @Override
  public int engineSize() {
    return entries.size();
  }

  @Override
  public boolean engineIsKeyEntry(String alias) {
    Entry entry = entry(alias);
    return entry != null && entry.key != null;
  }

  @Override
  public boolean engineIsCertificateEntry(String alias) {
    Entry entry = entry(alias);
    return entry != null && entry.key == null;
  }

  @Override
  public String engineGetCertificateAlias(Certificate certificate) {
    synchronized (entries) {
      for (Map.Entry<String, Entry> named : entries.entrySet()) {
        Certificate[] chain = named.getValue().chain;
        if (chain != null && chain.length > 0 && chain[0].equals(certificate)) {
          return named.getKey();
        }
      }
    }
    return null;
  }
}
