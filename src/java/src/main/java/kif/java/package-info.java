// SPDX-License-Identifier: Apache-2.0
/**
 * The JCA provider {@code KIF}, whose SecureRandom {@code ENTROPY} seeds Bouncy Castle's FIPS module from CPU jitter, and which has key store
 * types and names that programs ask for; and the self-check that a container runs before its application.
 */
package kif.java;
