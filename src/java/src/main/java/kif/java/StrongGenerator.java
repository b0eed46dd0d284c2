// SPDX-License-Identifier: Apache-2.0
package kif.java;

import java.security.DrbgParameters;
import java.security.SecureRandomParameters;
import java.util.Arrays;
import org.bouncycastle.crypto.EntropySource;
import org.bouncycastle.crypto.fips.FipsDRBG;
import org.bouncycastle.crypto.fips.FipsSecureRandom;

/**
 * A DRBG of the module's (Hash_DRBG of SHA-512, SP 800-90A, section 10.1.1) at 256 bits, whose seeds no other generator has a part of. Takes
 * requests of any size.
 */
final class StrongGenerator {
  private static final int STRENGTH = 256;
  private static final int NONCE_BYTES = STRENGTH / 2 / 8; // SP 800-90A, section 8.6.7
  private static final int MAX_BYTES = 1 << 15;            // SP 800-90A, table 2: 2^18 bits, which the module holds to

  private final FipsSecureRandom module;

  /** Draws the first seed. EntropyException: the source cannot be opened, or a health test failed. */
  StrongGenerator() {
    byte[] nonce = seed(NONCE_BYTES);
    try {
      module = FipsDRBG.SHA512.fromEntropySource(Source::new).setSecurityStrength(STRENGTH).setEntropyBitsRequired(STRENGTH).build(nonce, false);
    } finally {
      Arrays.fill(nonce, (byte) 0);
    }
  }

  /** The module's seeds from the source: each byte is handed out once, and has full entropy. */
  private static final class Source implements EntropySource {
    private final int bits;

    Source(int bits) {
      this.bits = bits;
    }

    @Override
    public boolean isPredictionResistant() {
      return true;
    }

    @Override
    public byte[] getEntropy() {
      return seed((bits + 7) / 8);
    }

    @Override
    public int entropySize() {
      return bits;
    }
  }

  static byte[] seed(int bytes) {
    byte[] seed = new byte[bytes];
    JitterSource.fill(seed);
    return seed;
  }

  /** Fills all of {@code bytes}. The module reseeds itself from the source at the interval of its own. */
  synchronized void fill(byte[] bytes) {
    fill(bytes, null, false);
  }

  /** {@code reseeds}: with fresh entropy for each request to the module (SP 800-90A, section 9.3.1). */
  private void fill(byte[] bytes, byte[] additionalInput, boolean reseeds) {
    byte[] part = new byte[Math.min(bytes.length, MAX_BYTES)];
    try {
      for (int at = 0; at < bytes.length; at += MAX_BYTES) {
        if (reseeds) {
          module.reseed(additionalInput);
        }
        module.nextBytes(part, additionalInput);
        System.arraycopy(part, 0, bytes, at, Math.min(part.length, bytes.length - at));
      }
    } finally {
      Arrays.fill(part, (byte) 0);
    }
  }

  /** As {@link java.security.SecureRandom#nextBytes(byte[], SecureRandomParameters)}: fresh entropy first, where that is asked for. */
  synchronized void fill(byte[] bytes, SecureRandomParameters parameters) {
    if (!(parameters instanceof DrbgParameters.NextBytes)) {
      throw new IllegalArgumentException("these are no parameters of a DRBG's request: " + parameters);
    }
    DrbgParameters.NextBytes wanted = (DrbgParameters.NextBytes) parameters;
    if (wanted.getStrength() > STRENGTH) {
      throw new IllegalArgumentException("the module's DRBG has " + STRENGTH + " bits: " + parameters);
    }
    fill(bytes, wanted.getAdditionalInput(), wanted.getPredictionResistance());
  }

  /** As {@link java.security.SecureRandom#reseed(SecureRandomParameters)}, which may have null. */
  synchronized void reseed(SecureRandomParameters parameters) {
    if (parameters != null && !(parameters instanceof DrbgParameters.Reseed)) {
      throw new IllegalArgumentException("these are no parameters of a DRBG's reseeding: " + parameters);
    }
    module.reseed(parameters == null ? null : ((DrbgParameters.Reseed) parameters).getAdditionalInput());
  }
}
