// SPDX-License-Identifier: Apache-2.0
// How many certificates Java trusts by default.
import java.security.KeyStore;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

public final class Trust {
  public static void main(String[] arguments) throws Exception {
    TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init((KeyStore) null);
    System.out.println("trusted " + ((X509TrustManager) factory.getTrustManagers()[0]).getAcceptedIssuers().length);
    System.exit(0);
  }
}
