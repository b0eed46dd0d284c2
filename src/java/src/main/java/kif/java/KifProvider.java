// SPDX-License-Identifier: Apache-2.0
package kif.java;

import java.security.Provider;

/**
 * The JCA provider {@code KIF}: SecureRandom {@code ENTROPY}, which feeds the FIPS module, and what programs ask for that the module has
 * otherwise: key store types ({@link KeyStoreTypes}) and names ({@link GeneratorSpi}, {@link OtherNames}),
 * encrypted keys ({@link PasswordEncryption}), and short secrets ({@link ShortSecrets}). java.security names it by this
 * class's name, since short names are looked for on the module path alone and are passed over in silence elsewhere.
 */
public final class KifProvider extends Provider {
  private static final long serialVersionUID = 1L;

  /** The provider's name. */
  public static final String NAME = "KIF";
  /** The name of its SecureRandom. */
  public static final String ALGORITHM = "ENTROPY";

  private static final String[] GENERATORS = {"SHA1PRNG", "NativePRNG", "NativePRNGBlocking", "NativePRNGNonBlocking", "DRBG"};

  /** Called by the JDK for the provider's line in java.security. Loads nothing: the library is opened by the first draw. */
  public KifProvider() {
    super(NAME, "0.1", "entropy from CPU jitter; key stores; names");
    put("SecureRandom." + ALGORITHM, EntropySpi.class.getName());
    // Without this SecureRandom puts a lock of its own around each call, and threads would wait for each other's blocks.
    put("SecureRandom." + ALGORITHM + " ThreadSafe", "true");
    for (String name : GENERATORS) {
      put("SecureRandom." + name, GeneratorSpi.class.getName());
      put("SecureRandom." + name + " ThreadSafe", "true"); // as the module's is
    }
    offerStores(this);
    PasswordEncryption.register(this);
    if (ShortSecrets.areAllowed()) {
      ShortSecrets.register(this);
    }
  }

  /** Asked for what the module and its TLS do not have. */
  @Override
  public Service getService(String type, String algorithm) {
    Service service = find(type, algorithm);
    if (service == null) {
      RefusalReport.tell(this, type, algorithm);
    }
    return service;
  }

  static void offerStores(Provider provider) {
    provider.put("KeyStore.BCFKS", KeyStoreTypes.Bcfks.class.getName());
    provider.put("KeyStore.PKCS12", KeyStoreTypes.Pkcs12.class.getName());
    provider.put("KeyStore.JKS", KeyStoreTypes.Jks.class.getName());
    provider.put("KeyStore.PEM", KeyStoreTypes.Pem.class.getName());
  }

  /** The same, and nobody is told where there is none. */
  Service find(String type, String algorithm) {
    Service service = super.getService(type, algorithm);
    return service != null ? service : OtherNames.find(type, algorithm);
  }
}
