// SPDX-License-Identifier: Apache-2.0
package kif.java;

import java.security.Provider;
import java.security.Security;
import java.util.List;

/**
 * Providers by the names of Sun's, for programs that ask for an algorithm of a provider: ("EC", "SunEC"), ("AES/GCM/NoPadding", "SunJCE").
 * They have nothing of their own. What they are asked for the FIPS module, its TLS or {@link KifProvider} gives, under its own provider's
 * name; what those do not have is refused. They stand at the end of the list, where nobody meets them who does not ask for their name.
 *
 * <p>There is none for SUN: that name in the list is what an auditor looks for.
 */
abstract class SunNames extends Provider {
  private static final long serialVersionUID = 1L;
  private static final List<String> BEHIND = List.of("BCFIPS", "BCJSSE", KifProvider.NAME);

  private SunNames(String name) {
    super(name, "0.1", "a name for what BCFIPS, BCJSSE and KIF have; nothing of Sun's");
  }

  @Override
  public Service getService(String type, String algorithm) {
    for (String name : BEHIND) {
      Provider provider = Security.getProvider(name);
      Service service = provider == null ? null : provider instanceof KifProvider ? ((KifProvider) provider).find(type, algorithm)
          : provider.getService(type, algorithm);
      if (service != null) {
        return service;
      }
    }
    RefusalReport.tellNamed(this, type, algorithm);
    return null;
  }

  /** Elliptic curves. */
  public static final class Ec extends SunNames {
    private static final long serialVersionUID = 1L;

    /** Called by the JDK. */
    public Ec() {
      super("SunEC");
    }
  }

  /** Ciphers and MACs. */
  public static final class Jce extends SunNames {
    private static final long serialVersionUID = 1L;

    /** Called by the JDK. */
    public Jce() {
      super("SunJCE");
    }
  }

  /** TLS. */
  public static final class Jsse extends SunNames {
    private static final long serialVersionUID = 1L;

    /** Called by the JDK. gRPC takes the first provider that has TLS and one of the names it knows; nobody reads the values. */
    public Jsse() {
      super("SunJSSE");
      for (String protocol : List.of("Default", "TLS", "TLSv1.2", "TLSv1.3")) {
        put("SSLContext." + protocol, "org.bouncycastle.jsse.provider.BouncyCastleJsseProvider");
      }
    }
  }

  /** RSA. */
  public static final class RsaSign extends SunNames {
    private static final long serialVersionUID = 1L;

    /** Called by the JDK. */
    public RsaSign() {
      super("SunRsaSign");
    }
  }
}
