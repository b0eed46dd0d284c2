// SPDX-License-Identifier: Apache-2.0
// How many certificates Java trusts by default, and whether it reads a store of its own old format.
import java.security.KeyStore;
import java.security.KeyStoreException;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

public final class Trust {
  public static void main(String[] arguments) throws Exception {
    TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init((KeyStore) null);
    System.out.println("trusted " + ((X509TrustManager) factory.getTrustManagers()[0]).getAcceptedIssuers().length);
    String jks;
    try {
      jks = KeyStore.getInstance("JKS").getProvider().getName();
    } catch (KeyStoreException refusal) {
      jks = "refused";
    }
    System.out.println("jks " + jks);
    System.exit(0);
  }
}
