// SPDX-License-Identifier: Apache-2.0
package kif.java;

import java.security.Provider;

/**
 * {@link KeyStoreTypes} once more, behind SUN where {@code --java-sun} keeps it. Where a program names a file and no type, the JDK asks all
 * providers whose the file is and takes the last that says yes: that would be SUN, which lacks what PKCS #12 is encrypted with.
 */
public final class LastStores extends Provider {
  private static final long serialVersionUID = 1L;

  /** Called by the JDK. */
  public LastStores() {
    super("KIFStores", "0.1", "key stores, asked last");
    KifProvider.offerStores(this);
  }
}
