// SPDX-License-Identifier: Apache-2.0
package kif.java;

import java.security.DrbgParameters;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.SecureRandomParameters;
import java.security.SecureRandomSpi;
import java.util.Arrays;

/**
 * The module's generator under the names that programs know: SHA1PRNG, NativePRNG and others, DRBG. It is what {@code new SecureRandom()} is.
 * A seed that a program sets adds to it and does not replace it, so that the same seed does not give the same bytes, as it does with Sun's
 * SHA1PRNG. Takes requests of any size, which the module's own does not (SP 800-90A, table 2: 2^18 bits at once).
 */
public final class GeneratorSpi extends SecureRandomSpi {
  private static final long serialVersionUID = 1L;
  private static final int MAX_BYTES = 1 << 15;
  private static final int STRENGTH = 256;

  private final SecureRandom module;

  /** Called by the JDK. */
  public GeneratorSpi() {
    try {
      module = SecureRandom.getInstance("DEFAULT", "BCFIPS");
    } catch (GeneralSecurityException exception) {
      throw new IllegalStateException("the FIPS module has no generator: " + exception.getMessage(), exception);
    }
  }

  /** Called by the JDK where a program wants a certain DRBG: up to 256 bits of strength, without prediction resistance. */
  public GeneratorSpi(SecureRandomParameters parameters) {
    this();
    if (parameters == null) {
      return;
    }
    if (!(parameters instanceof DrbgParameters.Instantiation)) {
      throw new IllegalArgumentException("these are no parameters of a DRBG: " + parameters);
    }
    DrbgParameters.Instantiation wanted = (DrbgParameters.Instantiation) parameters;
    if (wanted.getStrength() > STRENGTH || wanted.getCapability().supportsPredictionResistance()) {
      throw new IllegalArgumentException("the module's DRBG has " + STRENGTH + " bits and no prediction resistance on demand: " + parameters);
    }
  }

  @Override
  protected void engineReseed(SecureRandomParameters parameters) {
    byte[] seed = module.generateSeed(STRENGTH / 8);
    module.setSeed(seed);
    Arrays.fill(seed, (byte) 0);
  }

  @Override
  protected void engineSetSeed(byte[] seed) {
    module.setSeed(seed);
  }

  @Override
  protected void engineNextBytes(byte[] bytes) {
    if (bytes.length <= MAX_BYTES) {
      module.nextBytes(bytes);
      return;
    }
    byte[] part = new byte[MAX_BYTES];
    for (int at = 0; at < bytes.length; at += MAX_BYTES) {
      module.nextBytes(part);
      System.arraycopy(part, 0, bytes, at, Math.min(MAX_BYTES, bytes.length - at));
    }
    Arrays.fill(part, (byte) 0);
  }

  @Override
  protected byte[] engineGenerateSeed(int numBytes) {
    return module.generateSeed(numBytes);
  }
}
