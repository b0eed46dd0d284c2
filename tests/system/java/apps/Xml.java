// SPDX-License-Identifier: Apache-2.0
// XML signatures as SAML has them: by the JDK's XMLDSig, and by Apache Santuario, on which OpenSAML and CXF stand.
import java.io.StringReader;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.List;
import javax.xml.crypto.dsig.CanonicalizationMethod;
import javax.xml.crypto.dsig.DigestMethod;
import javax.xml.crypto.dsig.Reference;
import javax.xml.crypto.dsig.SignedInfo;
import javax.xml.crypto.dsig.Transform;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMSignContext;
import javax.xml.crypto.dsig.dom.DOMValidateContext;
import javax.xml.crypto.dsig.spec.C14NMethodParameterSpec;
import javax.xml.crypto.dsig.spec.TransformParameterSpec;
import javax.xml.parsers.DocumentBuilderFactory;
import org.apache.xml.security.encryption.XMLCipher;
import org.apache.xml.security.signature.XMLSignature;
import org.apache.xml.security.transforms.Transforms;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

final class Xml {
  private static final String RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";

  private Xml() {}

  private static Document document() throws Exception {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
    factory.setNamespaceAware(true);
    return factory.newDocumentBuilder().parse(new InputSource(new StringReader("<assertion><subject>kif</subject></assertion>")));
  }

  private static String byJdk(KeyPair pair) throws Exception {
    Document document = document();
    XMLSignatureFactory factory = XMLSignatureFactory.getInstance("DOM");
    Reference reference = factory.newReference("", factory.newDigestMethod(DigestMethod.SHA256, null),
        List.of(factory.newTransform(Transform.ENVELOPED, (TransformParameterSpec) null)), null, null);
    SignedInfo info = factory.newSignedInfo(factory.newCanonicalizationMethod(CanonicalizationMethod.EXCLUSIVE, (C14NMethodParameterSpec) null),
        factory.newSignatureMethod(RSA_SHA256, null), List.of(reference));
    factory.newXMLSignature(info, null).sign(new DOMSignContext(pair.getPrivate(), document.getDocumentElement()));
    DOMValidateContext context = new DOMValidateContext(pair.getPublic(), document.getElementsByTagNameNS(javax.xml.crypto.dsig.XMLSignature.XMLNS, "Signature").item(0));
    if (!factory.unmarshalXMLSignature(context).validate(context)) {
      throw new IllegalStateException("the signature is not verified");
    }
    return "verified";
  }

  private static String bySantuario(KeyPair pair) throws Exception {
    Document document = document();
    XMLSignature signature = new XMLSignature(document, "", XMLSignature.ALGO_ID_SIGNATURE_RSA_SHA256);
    document.getDocumentElement().appendChild(signature.getElement());
    Transforms transforms = new Transforms(document);
    transforms.addTransform(Transforms.TRANSFORM_ENVELOPED_SIGNATURE);
    signature.addDocument("", transforms, "http://www.w3.org/2001/04/xmlenc#sha256");
    signature.sign(pair.getPrivate());
    if (!new XMLSignature(signature.getElement(), "").checkSignatureValue(pair.getPublic())) {
      throw new IllegalStateException("the signature is not verified");
    }
    return "verified";
  }

  private static String encrypted() throws Exception {
    javax.crypto.KeyGenerator generator = javax.crypto.KeyGenerator.getInstance("AES");
    generator.init(256);
    javax.crypto.SecretKey key = generator.generateKey();
    Document document = document();
    XMLCipher cipher = XMLCipher.getInstance(XMLCipher.AES_256_GCM);
    cipher.init(XMLCipher.ENCRYPT_MODE, key);
    document = cipher.doFinal(document, document.getDocumentElement());
    XMLCipher decipher = XMLCipher.getInstance(XMLCipher.AES_256_GCM);
    decipher.init(XMLCipher.DECRYPT_MODE, key);
    return decipher.doFinal(document, document.getDocumentElement()).getDocumentElement().getTextContent();
  }

  public static void main(String[] arguments) throws Exception {
    org.apache.xml.security.Init.init();
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    KeyPair pair = generator.generateKeyPair();
    Ground.show("xmldsig", () -> byJdk(pair));
    Ground.show("santuario-signature", () -> bySantuario(pair));
    Ground.show("santuario-aes-gcm", Xml::encrypted);
  }
}
