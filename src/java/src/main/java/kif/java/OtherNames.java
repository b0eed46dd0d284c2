// SPDX-License-Identifier: Apache-2.0
package kif.java;

import java.security.Provider;
import java.security.Security;
import java.util.Locale;
import java.util.Map;

/**
 * Names that programs know from Sun's TLS, for what Bouncy Castle's has under another. The object that a program gets is that provider's.
 */
final class OtherNames {
  private static final String[] PKIX_KEYS = {"BCJSSE", "X.509"};
  private static final String[] PKIX_TRUST = {"BCJSSE", "PKIX"};

  private static final Map<String, String[]> NAMES = Map.of("KEYMANAGERFACTORY.SUNX509", PKIX_KEYS, "KEYMANAGERFACTORY.NEWSUNX509", PKIX_KEYS,
      "TRUSTMANAGERFACTORY.SUNX509", PKIX_TRUST, "TRUSTMANAGERFACTORY.SUNPKIX", PKIX_TRUST);

  private OtherNames() {}

  /** The service that stands behind a name; null: it is none of these. */
  static Provider.Service find(String type, String name) {
    String[] behind = NAMES.get((type + "." + name).toUpperCase(Locale.ENGLISH));
    Provider provider = behind == null ? null : Security.getProvider(behind[0]);
    return provider == null ? null : provider.getService(type, behind[1]);
  }
}
