// SPDX-License-Identifier: Apache-2.0
package kif.java;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.KeyStoreException;
import java.security.KeyStoreSpi;
import java.security.NoSuchAlgorithmException;
import java.security.NoSuchProviderException;
import java.security.Provider;
import java.security.Security;
import java.security.UnrecoverableKeyException;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.util.Date;
import java.util.Enumeration;

/**
 * The key store types of {@link KifProvider}. Each reads whatever of BCFKS, PKCS #12, JKS and PEM it is given, by what the file is, as the
 * JDK's own types read each other's files: what a program, an option or a framework calls its store by does not decide whether it starts.
 * An empty JKS or PKCS12 store is one in memory, for libraries that put PEM files into it.
 *
 * <p>A file is written as what it was read; an empty store as its type. JKS and PEM are written without keys alone.
 */
abstract class KeyStoreTypes extends KeyStoreSpi {
  /** No store that is a file is larger; what is larger is somebody else's stream. */
  private static final int MAX_BYTES = 64 << 20;

  private final StoreFormat own;
  /** The store whose type this is. Set by load. */
  private KeyStore store;

  private KeyStoreTypes(StoreFormat own) {
    this.own = own;
  }

  /** BCFKS, of the FIPS module's provider. */
  public static final class Bcfks extends KeyStoreTypes {
    /** Called by the JDK. */
    public Bcfks() {
      super(StoreFormat.BCFKS);
    }

    @Override
    KeyStore empty() throws GeneralSecurityException, IOException {
      KeyStore made = bcfks();
      made.load(null, null);
      return made;
    }
  }

  /** PKCS #12. */
  public static final class Pkcs12 extends KeyStoreTypes {
    /** Called by the JDK. */
    public Pkcs12() {
      super(StoreFormat.PKCS12);
    }

    @Override
    KeyStore empty() {
      return new MemoryStore(StoreFormat.PKCS12).asKeyStore();
    }
  }

  /** JKS. */
  public static final class Jks extends KeyStoreTypes {
    /** Called by the JDK. */
    public Jks() {
      super(StoreFormat.JKS);
    }

    @Override
    KeyStore empty() throws GeneralSecurityException, IOException {
      Provider sun = keptSun();
      if (sun == null) {
        return new MemoryStore(StoreFormat.JKS).asKeyStore();
      }
      KeyStore made = KeyStore.getInstance("JKS", sun);
      made.load(null, null);
      return made;
    }
  }

  /** A list of trusted certificates as text. */
  public static final class Pem extends KeyStoreTypes {
    /** Called by the JDK. */
    public Pem() {
      super(StoreFormat.PEM);
    }

    @Override
    KeyStore empty() {
      return new MemoryStore(StoreFormat.PEM).asKeyStore();
    }
  }

  /** A store without entries, of the type that store() writes. */
  abstract KeyStore empty() throws GeneralSecurityException, IOException;

  private static KeyStore bcfks() throws KeyStoreException, NoSuchProviderException {
    return KeyStore.getInstance("BCFKS", Pbes2.MODULE);
  }

  /** SUN where --java-sun kept it, else null. */
  private static Provider keptSun() {
    return "kept".equals(Security.getProperty(SelfCheck.SUN_KEPT)) ? Security.getProvider("SUN") : null;
  }

  @Override
  public void engineLoad(InputStream stream, char[] password) throws IOException, NoSuchAlgorithmException, CertificateException {
    try {
      store = stream == null ? empty() : read(stream, password);
    } catch (IOException | NoSuchAlgorithmException | CertificateException exception) {
      throw exception;
    } catch (GeneralSecurityException exception) {
      throw new IOException("cannot load the key store: " + exception.getMessage(), exception);
    }
  }

  /** Of Bouncy Castle's own parameters its store understands more than a password. */
  @Override
  public void engineLoad(KeyStore.LoadStoreParameter parameter) throws IOException, NoSuchAlgorithmException, CertificateException {
    if (parameter == null || !parameter.getClass().getName().startsWith("org.bouncycastle.")) {
      super.engineLoad(parameter);
      return;
    }
    try {
      KeyStore made = bcfks();
      made.load(parameter);
      store = made;
    } catch (NoSuchProviderException | KeyStoreException exception) {
      throw new IOException(exception.getMessage(), exception);
    }
  }

  private KeyStore read(InputStream stream, char[] password) throws IOException, GeneralSecurityException {
    byte[] bytes = stream.readNBytes(MAX_BYTES + 1);
    if (bytes.length > MAX_BYTES) {
      throw new IOException("cannot load the key store: it is larger than " + MAX_BYTES + " bytes");
    }
    if (bytes.length == 0) {
      throw new IOException("cannot load the key store: it is empty");
    }
    StoreFormat format = StoreFormat.of(bytes);
    switch (format) {
      case JKS:
        Provider sun = keptSun();
        return sun != null ? loaded(KeyStore.getInstance("JKS", sun), bytes, password) : JksFile.read(bytes, password).asKeyStore();
      case PKCS12:
        return Pkcs12Reader.read(bytes, password).asKeyStore();
      case BCFKS:
        return loaded(bcfks(), bytes, password);
      case PEM:
        return PemReader.read(bytes).asKeyStore();
      case JCEKS:
        throw new IOException("cannot load " + StoreFormat.nameOf(bytes) + ": it is a JCEKS file, whose protection is not approved; "
            + Pkcs12Reader.HOW_TO_CONVERT);
      default:
        throw new IOException("cannot load " + StoreFormat.nameOf(bytes) + ": it is no BCFKS, PKCS #12, JKS or PEM key store");
    }
  }

  private static KeyStore loaded(KeyStore store, byte[] bytes, char[] password) throws IOException, GeneralSecurityException {
    store.load(new ByteArrayInputStream(bytes), password);
    return store;
  }

  /** Where a program names a file and no type, the type is what the file is. */
  @Override
  public boolean engineProbe(InputStream stream) throws IOException {
    return StoreFormat.of(stream.readNBytes(StoreFormat.BYTES)) == own;
  }

  @Override
  public void engineStore(OutputStream stream, char[] password) throws IOException, NoSuchAlgorithmException, CertificateException {
    try {
      loaded().store(stream, password);
    } catch (KeyStoreException exception) {
      throw new IOException(exception.getMessage(), exception);
    }
  }

  @Override
  public void engineStore(KeyStore.LoadStoreParameter parameter) throws IOException, NoSuchAlgorithmException, CertificateException {
    try {
      loaded().store(parameter);
    } catch (KeyStoreException exception) {
      throw new IOException(exception.getMessage(), exception);
    }
  }

  private KeyStore loaded() {
    if (store == null) {
      throw new IllegalStateException("the key store was not loaded");
    }
    return store;
  }

  /** A question about a store that is loaded. */
  private interface Question<T> {
    T ask() throws KeyStoreException;
  }

  /** KeyStore's functions throw this where a store was not loaded, and it was. */
  private static <T> T answer(Question<T> question) {
    try {
      return question.ask();
    } catch (KeyStoreException exception) {
      throw new IllegalStateException(exception);
    }
  }

  @Override
  public Key engineGetKey(String alias, char[] password) throws NoSuchAlgorithmException, UnrecoverableKeyException {
    try {
      return loaded().getKey(alias, password);
    } catch (KeyStoreException exception) {
      throw new IllegalStateException(exception);
    }
  }

  @Override
  public Certificate[] engineGetCertificateChain(String alias) {
    return answer(() -> loaded().getCertificateChain(alias));
  }

  @Override
  public Certificate engineGetCertificate(String alias) {
    return answer(() -> loaded().getCertificate(alias));
  }

  @Override
  public Date engineGetCreationDate(String alias) {
    return answer(() -> loaded().getCreationDate(alias));
  }

  @Override
  public void engineSetKeyEntry(String alias, Key key, char[] password, Certificate[] chain) throws KeyStoreException {
    loaded().setKeyEntry(alias, key, password, chain);
  }

  @Override
  public void engineSetKeyEntry(String alias, byte[] key, Certificate[] chain) throws KeyStoreException {
    loaded().setKeyEntry(alias, key, chain);
  }

  @Override
  public void engineSetCertificateEntry(String alias, Certificate certificate) throws KeyStoreException {
    loaded().setCertificateEntry(alias, certificate);
  }

  @Override
  public void engineDeleteEntry(String alias) throws KeyStoreException {
    loaded().deleteEntry(alias);
  }

  @Override
  public Enumeration<String> engineAliases() {
    return answer(() -> loaded().aliases());
  }

  @Override
  public boolean engineContainsAlias(String alias) {
    return answer(() -> loaded().containsAlias(alias));
  }

  @Override
  public int engineSize() {
    return answer(() -> loaded().size());
  }

  @Override
  public boolean engineIsKeyEntry(String alias) {
    return answer(() -> loaded().isKeyEntry(alias));
  }

  @Override
  public boolean engineIsCertificateEntry(String alias) {
    return answer(() -> loaded().isCertificateEntry(alias));
  }

  @Override
  public String engineGetCertificateAlias(Certificate certificate) {
    return answer(() -> loaded().getCertificateAlias(certificate));
  }
}
