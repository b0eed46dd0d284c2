// SPDX-License-Identifier: Apache-2.0
/**
 * CPU jitter for Java: the JCA provider {@code KIF}, whose SecureRandom {@code ENTROPY} seeds Bouncy Castle's FIPS module, and the
 * self-check that a container runs before its application.
 */
package kif.java;
