// SPDX-License-Identifier: Apache-2.0
// What .NET has and the assemblies that this program is compiled against do not: found by name when it runs.
using System;
using System.Reflection;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Steps
{
    // A cipher with Encrypt(nonce, plaintext, ciphertext, tag, associated data): AesGcm, ChaCha20Poly1305.
    sealed class Aead
    {
        static readonly Type[] s_parameters = { typeof(byte[]), typeof(byte[]), typeof(byte[]), typeof(byte[]), typeof(byte[]) };
        readonly object m_cipher;

        public Aead(string name, byte[] key)
        {
            m_cipher = Activator.CreateInstance(Newer.Cryptography(name), new object[] { key });
        }

        // The sealed text with the tag at its end.
        public string Seal(byte[] nonce, byte[] text)
        {
            byte[] sealedText = new byte[text.Length], tag = new byte[16];
            MethodInfo encrypt = m_cipher.GetType().GetMethod("Encrypt", s_parameters);
            encrypt.Invoke(m_cipher, new object[] { nonce, text, sealedText, tag, null });
            return Newer.Hex(sealedText) + Newer.Hex(tag);
        }
    }

    static class Newer
    {
        public static Type Cryptography(string name)
        {
            return Type.GetType("System.Security.Cryptography." + name + ", System.Security.Cryptography", true);
        }

        public static string OpensslVersion()
        {
            PropertyInfo version = Cryptography("SafeEvpPKeyHandle").GetProperty("OpenSslVersion");
            return ((long)version.GetValue(null, null)).ToString("x");
        }

        public static X509Certificate2 CertificateWithKey(string certificate, string key)
        {
            MethodInfo read = typeof(X509Certificate2).GetMethod("CreateFromPemFile", new[] { typeof(string), typeof(string) });
            return (X509Certificate2)read.Invoke(null, new object[] { certificate, key });
        }

        public static string Suite(object stream)
        {
            return stream.GetType().GetProperty("NegotiatedCipherSuite").GetValue(stream, null).ToString();
        }

        public static string Hex(byte[] bytes)
        {
            return BitConverter.ToString(bytes).Replace("-", "");
        }
    }
}
