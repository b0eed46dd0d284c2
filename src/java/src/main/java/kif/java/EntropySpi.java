// SPDX-License-Identifier: Apache-2.0
package kif.java;

import java.security.SecureRandomParameters;
import java.security.SecureRandomSpi;

/**
 * SecureRandom {@code ENTROPY}, which {@code SecureRandom.getInstanceStrong()} is. Its seeds (generateSeed, by which Bouncy Castle's module
 * takes its own) are jitterentropy's, each byte handed out once: some 10 ms for 32 bytes. Its random bytes (nextBytes) come from a DRBG of
 * its own, seeded from the same source when they are first asked for: keys are to be made of what an approved generator gives (SP 800-133r2,
 * section 4), and a source is none by itself.
 */
public final class EntropySpi extends SecureRandomSpi {
  private static final long serialVersionUID = 1L;

  private transient volatile StrongGenerator generator; // none before the first use: the module draws its seeds before there are DRBGs

  /** Called by the JDK. */
  public EntropySpi() {}

  private StrongGenerator generator() {
    StrongGenerator found = generator;
    if (found == null) {
      synchronized (this) {
        found = generator;
        if (found == null) {
          found = new StrongGenerator();
          generator = found;
        }
      }
    }
    return found;
  }

  /** Does nothing: a source of full entropy takes no seed, and SecureRandom's contract lets a seed only ever add. */
  @Override
  protected void engineSetSeed(byte[] seed) {}

  @Override
  protected void engineNextBytes(byte[] bytes) {
    generator().fill(bytes);
  }

  @Override
  protected void engineNextBytes(byte[] bytes, SecureRandomParameters parameters) {
    generator().fill(bytes, parameters);
  }

  @Override
  protected void engineReseed(SecureRandomParameters parameters) {
    generator().reseed(parameters);
  }

  @Override
  protected byte[] engineGenerateSeed(int numBytes) {
    byte[] seed = new byte[numBytes];
    JitterSource.fill(seed);
    return seed;
  }
}
