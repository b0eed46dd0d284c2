// SPDX-License-Identifier: Apache-2.0
// Nimbus JOSE + JWT: signatures, MACs and encryption of JSON Web Tokens.
import com.nimbusds.jose.EncryptionMethod;
import com.nimbusds.jose.JWEAlgorithm;
import com.nimbusds.jose.JWEDecrypter;
import com.nimbusds.jose.JWEEncrypter;
import com.nimbusds.jose.JWEHeader;
import com.nimbusds.jose.JWEObject;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.ECDHDecrypter;
import com.nimbusds.jose.crypto.ECDHEncrypter;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jose.crypto.RSADecrypter;
import com.nimbusds.jose.crypto.RSAEncrypter;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.OctetSequenceKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;

final class Nimbus {
  private Nimbus() {}

  private static String signed(JWSAlgorithm algorithm, JWSSigner signer, JWSVerifier verifier) throws Exception {
    JWSObject object = new JWSObject(new JWSHeader(algorithm), new Payload("kif"));
    object.sign(signer);
    if (!JWSObject.parse(object.serialize()).verify(verifier)) {
      throw new IllegalStateException(algorithm + " is not verified");
    }
    return "verified";
  }

  private static String encrypted(JWEAlgorithm algorithm, JWEEncrypter encrypter, JWEDecrypter decrypter) throws Exception {
    JWEObject object = new JWEObject(new JWEHeader(algorithm, EncryptionMethod.A256GCM), new Payload("kif"));
    object.encrypt(encrypter);
    JWEObject back = JWEObject.parse(object.serialize());
    back.decrypt(decrypter);
    return back.getPayload().toString();
  }

  public static void main(String[] arguments) throws Exception {
    RSAKey rsa = new RSAKeyGenerator(2048).generate();
    ECKey ec = new ECKeyGenerator(Curve.P_256).generate();
    byte[] secret = new OctetSequenceKeyGenerator(256).generate().toByteArray();
    Ground.show("nimbus-rs256", () -> signed(JWSAlgorithm.RS256, new RSASSASigner(rsa), new RSASSAVerifier(rsa)));
    Ground.show("nimbus-ps256", () -> signed(JWSAlgorithm.PS256, new RSASSASigner(rsa), new RSASSAVerifier(rsa)));
    Ground.show("nimbus-es256", () -> signed(JWSAlgorithm.ES256, new ECDSASigner(ec), new ECDSAVerifier(ec)));
    Ground.show("nimbus-hs256", () -> signed(JWSAlgorithm.HS256, new MACSigner(secret), new MACVerifier(secret)));
    Ground.show("nimbus-rsa-oaep-256", () -> encrypted(JWEAlgorithm.RSA_OAEP_256, new RSAEncrypter(rsa), new RSADecrypter(rsa)));
    Ground.show("nimbus-ecdh-es", () -> encrypted(JWEAlgorithm.ECDH_ES_A256KW, new ECDHEncrypter(ec), new ECDHDecrypter(ec)));
  }
}
