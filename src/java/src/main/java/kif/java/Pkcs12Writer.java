// SPDX-License-Identifier: Apache-2.0
package kif.java;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.Certificate;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERBMPString;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.DERTaggedObject;
import org.bouncycastle.asn1.pkcs.AuthenticatedSafe;
import org.bouncycastle.asn1.pkcs.CertBag;
import org.bouncycastle.asn1.pkcs.ContentInfo;
import org.bouncycastle.asn1.pkcs.EncryptedPrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.Pfx;
import org.bouncycastle.asn1.pkcs.SafeBag;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;

/**
 * Writes PKCS #12 files that every Java since 8u301 and OpenSSL read: keys by {@link Pbes2}, each under its own password; certificates in
 * clear; no MAC, since PKCS #12's own key derivation is not approved, and PBMAC1 is what few read yet.
 */
final class Pkcs12Writer {
  private static final ASN1ObjectIdentifier ANY_USAGE = new ASN1ObjectIdentifier("2.5.29.37.0");

  private final ASN1EncodableVector keys = new ASN1EncodableVector();
  private final ASN1EncodableVector certificates = new ASN1EncodableVector();
  private final Set<Certificate> written = new HashSet<>();
  private int lastId;

  /** {@code envelope} as Pbes2 makes it; {@code chain} may be null. */
  void addKey(String name, EncryptedPrivateKeyInfo envelope, Certificate[] chain) throws IOException, GeneralSecurityException {
    byte[] id = Integer.toString(++lastId).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    ASN1EncodableVector attributes = named(name);
    attributes.add(attribute(Pkcs12Reader.LOCAL_KEY_ID, new DEROctetString(id)));
    keys.add(new SafeBag(PKCSObjectIdentifiers.pkcs8ShroudedKeyBag, envelope.toASN1Primitive(), new DERSet(attributes)));
    if (chain == null || chain.length == 0) {
      return;
    }
    certificates.add(bag(chain[0], attributes));
    for (Certificate issuer : Arrays.asList(chain).subList(1, chain.length)) {
      if (written.add(issuer)) { // several keys have one issuer
        certificates.add(bag(issuer, new ASN1EncodableVector()));
      }
    }
  }

  void addSecret(String name, EncryptedPrivateKeyInfo envelope) throws IOException {
    ASN1Encodable value = new DERSequence(new ASN1Encodable[] {PKCSObjectIdentifiers.pkcs8ShroudedKeyBag,
        new DERTaggedObject(true, 0, new DEROctetString(envelope.getEncoded(ASN1Encoding.DER)))});
    keys.add(new SafeBag(PKCSObjectIdentifiers.secretBag, value, new DERSet(named(name))));
  }

  /** What the JDK calls a trusted certificate. */
  void addCertificate(String name, Certificate certificate) throws GeneralSecurityException {
    ASN1EncodableVector attributes = named(name);
    attributes.add(attribute(Pkcs12Reader.TRUSTED_KEY_USAGE, ANY_USAGE));
    certificates.add(bag(certificate, attributes));
  }

  /** The file. */
  byte[] bytes() throws IOException {
    AuthenticatedSafe safe = new AuthenticatedSafe(new ContentInfo[] {data(new DERSequence(keys)), data(new DERSequence(certificates))});
    return new Pfx(data(safe), null).getEncoded(ASN1Encoding.DER);
  }

  /** The bytes of a secret key as a private key's would be: the JDK's way. */
  static byte[] secret(String algorithmId, byte[] key) throws IOException {
    return new DERSequence(new ASN1Encodable[] {new ASN1Integer(0), new AlgorithmIdentifier(new ASN1ObjectIdentifier(algorithmId)),
        new DEROctetString(key)}).getEncoded(ASN1Encoding.DER);
  }

  private static ASN1EncodableVector named(String name) {
    ASN1EncodableVector attributes = new ASN1EncodableVector();
    attributes.add(attribute(Pkcs12Reader.FRIENDLY_NAME, new DERBMPString(name)));
    return attributes;
  }

  private static SafeBag bag(Certificate certificate, ASN1EncodableVector attributes) throws GeneralSecurityException {
    CertBag value = new CertBag(PKCSObjectIdentifiers.x509Certificate, new DEROctetString(certificate.getEncoded()));
    return new SafeBag(PKCSObjectIdentifiers.certBag, value.toASN1Primitive(), attributes.size() == 0 ? null : new DERSet(attributes));
  }

  private static DERSequence attribute(String type, ASN1Encodable value) {
    return new DERSequence(new ASN1Encodable[] {new ASN1ObjectIdentifier(type), new DERSet(value)});
  }

  private static ContentInfo data(ASN1Encodable content) throws IOException {
    return new ContentInfo(PKCSObjectIdentifiers.data, new DEROctetString(content.toASN1Primitive().getEncoded(ASN1Encoding.DER)));
  }
}
