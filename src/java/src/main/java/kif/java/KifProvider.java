// SPDX-License-Identifier: Apache-2.0
package kif.java;

import java.security.Provider;

/**
 * The JCA provider {@code KIF}. Its one service is SecureRandom {@code ENTROPY}; java.security names it by this class's name, since short
 * names are looked for on the module path alone and are passed over in silence elsewhere.
 */
public final class KifProvider extends Provider {
  private static final long serialVersionUID = 1L;

  /** The provider's name. */
  public static final String NAME = "KIF";
  /** The name of its SecureRandom. */
  public static final String ALGORITHM = "ENTROPY";

  /** Called by the JDK for the provider's line in java.security. Loads nothing: the library is opened by the first draw. */
  public KifProvider() {
    super(NAME, "0.1", "entropy from CPU jitter");
    put("SecureRandom." + ALGORITHM, EntropySpi.class.getName());
    // Without this SecureRandom puts a lock of its own around each call, and threads would wait for each other's blocks.
    put("SecureRandom." + ALGORITHM + " ThreadSafe", "true");
  }

  /** The last of the list is asked for what the others do not have. */
  @Override
  public Service getService(String type, String algorithm) {
    Service service = super.getService(type, algorithm);
    if (service == null) {
      RefusalReport.tell(this, type, algorithm);
    }
    return service;
  }
}
