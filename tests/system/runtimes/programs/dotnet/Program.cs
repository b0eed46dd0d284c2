// SPDX-License-Identifier: Apache-2.0
// .NET's own cryptography and randomness, step by step.
using System;
using System.IO;
using System.Security.Cryptography;
using System.Text;

namespace Steps
{
    static class Program
    {
        static readonly byte[] s_text = Encoding.ASCII.GetBytes("a text to be signed");

        static void Main(string[] arguments)
        {
            if (arguments.Length > 0 && arguments[0] == "serve")
            {
                Handshake.Serve();
                return;
            }
            // .NET has no flag to ask for: what is refused shows that the module is in use.
            Record.Step("sha-256", () =>
            {
                // FIPS 180-2, B.1
                using (SHA256 digest = SHA256.Create())
                    Record.Equal(Newer.Hex(digest.ComputeHash(Encoding.ASCII.GetBytes("abc"))),
                        "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD");
            });
            Record.Step("version", () => Record.Fact("version", ".NET " + Environment.Version + ", OpenSSL " + Newer.OpensslVersion()));
            Record.Step("refuses-md5", () => Record.Refused(() => MD5.Create().ComputeHash(s_text)));
            Record.Step("refuses-hmac-md5", () => Record.Refused(() => new HMACMD5(new byte[16]).ComputeHash(s_text)));
            Record.Step("refuses-rsa-1024", () => Record.Refused(() =>
            {
                using (RSA key = RSA.Create())
                {
                    key.KeySize = 1024;
                    key.ExportParameters(true);
                }
            }));
            Record.Step("refuses-chacha20", () => Record.Refused(() => new Aead("ChaCha20Poly1305", new byte[32]).Seal(new byte[12], s_text)));
            Keys();
            Record.Step("hmac-sha-256", () =>
            {
                // RFC 4231, test case 6: a key that is long enough for FIPS
                byte[] key = new byte[131];
                for (int i = 0; i < key.Length; ++i)
                    key[i] = 0xaa;
                using (HMACSHA256 mac = new HMACSHA256(key))
                    Record.Equal(Newer.Hex(mac.ComputeHash(Encoding.ASCII.GetBytes("Test Using Larger Than Block-Size Key - Hash Key First"))),
                        "60E431591EE0B67F0D8A26AACBF5B77F8E0BC6213728C5140546040F0EE37F54");
            });
            Record.Step("drbg-origin", () =>
            {
                Drawn(32);
                string maps = File.ReadAllText("/proc/self/maps");
                foreach (string name in new[] { "kif-fips.so", "libjitterentropy.so.3" })
                    Record.Equal(maps.Contains("/usr/lib/kif/" + name) ? name : "", name);
                Record.Fact("drbg", "the FIPS provider and the jitter source are mapped");
            });
            Record.Step("random-generator", () => Record.Fresh(() => Newer.Hex(Drawn(40))));
            Record.Step("random-guid", () => Record.Fresh(() => Guid.NewGuid().ToString()));
            Record.Step("random-class", () => Record.Fresh(() =>
            {
                byte[] bytes = new byte[16];
                new Random().NextBytes(bytes);
                return Newer.Hex(bytes);
            }));
            Record.Step("random-file", () => Record.Fresh(Path.GetRandomFileName));
            // Printed before TLS as well: without randomness .NET ends there, and what came before must be seen.
            Record.Finish();
            Record.Step("tls-1.3", Handshake.Talk);
            Record.Finish();
        }

        static void Keys()
        {
            Record.Step("rsa-2048", () => SignedWithRsa(RSASignaturePadding.Pkcs1));
            Record.Step("rsa-pss", () => SignedWithRsa(RSASignaturePadding.Pss));
            Record.Step("p-256", () =>
            {
                using (ECDsa key = ECDsa.Create())
                {
                    key.KeySize = 256;
                    byte[] signature = key.SignData(s_text, HashAlgorithmName.SHA256);
                    Record.Equal(key.VerifyData(s_text, signature, HashAlgorithmName.SHA256), true);
                    signature[signature.Length - 1] ^= 1;
                    Record.Equal(key.VerifyData(s_text, signature, HashAlgorithmName.SHA256), false);
                }
            });
            // The Galois/Counter Mode of Operation, test case 14
            Record.Step("aes-256-gcm", () => Record.Equal(new Aead("AesGcm", new byte[32]).Seal(new byte[12], new byte[16]),
                "CEA7403D4D606B6E074EC5D3BAF39D18D0D1C8A799996BF0265B98B5D48AB919"));
        }

        static void SignedWithRsa(RSASignaturePadding padding)
        {
            using (RSA key = RSA.Create())
            {
                key.KeySize = 2048;
                byte[] signature = key.SignData(s_text, HashAlgorithmName.SHA256, padding);
                Record.Equal(key.VerifyData(s_text, signature, HashAlgorithmName.SHA256, padding), true);
                signature[signature.Length - 1] ^= 1;
                Record.Equal(key.VerifyData(s_text, signature, HashAlgorithmName.SHA256, padding), false);
            }
        }

        static byte[] Drawn(int size)
        {
            byte[] bytes = new byte[size];
            using (RandomNumberGenerator generator = RandomNumberGenerator.Create())
                generator.GetBytes(bytes);
            return bytes;
        }
    }
}
