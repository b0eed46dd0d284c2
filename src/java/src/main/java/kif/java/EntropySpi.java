// SPDX-License-Identifier: Apache-2.0
package kif.java;

import java.security.SecureRandomSpi;

/**
 * SecureRandom {@code ENTROPY}: every byte is jitterentropy's, handed out once. It is a source for DRBGs, some 10 ms for 32 bytes, and no
 * generator for bulk. Bouncy Castle draws by generateSeed, other callers of {@code SecureRandom.getInstanceStrong()} by nextBytes: both
 * are the same here.
 */
public final class EntropySpi extends SecureRandomSpi {
  private static final long serialVersionUID = 1L;

  /** Called by the JDK. */
  public EntropySpi() {}

  /** Does nothing: a source of full entropy takes no seed, and SecureRandom's contract lets a seed only ever add. */
  @Override
  protected void engineSetSeed(byte[] seed) {}

  @Override
  protected void engineNextBytes(byte[] bytes) {
    JitterSource.fill(bytes);
  }

  @Override
  protected byte[] engineGenerateSeed(int numBytes) {
    byte[] seed = new byte[numBytes];
    JitterSource.fill(seed);
    return seed;
  }
}
