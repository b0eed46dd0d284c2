// SPDX-License-Identifier: Apache-2.0
// TLS 1.3 on loopback between two processes: the server is a child, started afresh.
using System;
using System.Diagnostics;
using System.IO;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Steps
{
    static class Handshake
    {
        const string Folder = "/kif-test/";

        // Answers three clients; those that cannot be served are told so by TLS itself. Prints its port first.
        public static void Serve()
        {
            using (X509Certificate2 certificate = Newer.CertificateWithKey(Folder + "cert.pem", Folder + "key.pem"))
            {
                TcpListener listener = new TcpListener(IPAddress.Loopback, 0);
                listener.Start();
                Console.WriteLine(((IPEndPoint)listener.LocalEndpoint).Port);
                for (int i = 0; i < 3; ++i)
                    using (TcpClient client = listener.AcceptTcpClient())
                    using (SslStream stream = new SslStream(client.GetStream()))
                        Answer(stream, certificate);
            }
        }

        static void Answer(SslStream stream, X509Certificate2 certificate)
        {
            try
            {
                stream.AuthenticateAsServer(certificate);
                byte[] text = new byte[64];
                int size = stream.Read(text, 0, text.Length);
                Send(stream, Encoding.ASCII.GetBytes("served " + Encoding.ASCII.GetString(text, 0, size)));
            }
            catch (Exception error) when (error is AuthenticationException || error is IOException)
            {
            }
        }

        static void Send(Stream stream, byte[] bytes)
        {
            stream.Write(bytes, 0, bytes.Length);
        }

        static string FirstRecord(int port, string hello)
        {
            using (TcpClient client = new TcpClient("127.0.0.1", port))
            {
                client.ReceiveTimeout = 20000;
                Send(client.GetStream(), File.ReadAllBytes(Folder + hello));
                byte[] answer = new byte[4096];
                return BitConverter.ToString(answer, 0, client.GetStream().Read(answer, 0, answer.Length)).Replace("-", "");
            }
        }

        // This program again: by itself, or by the command `dotnet` and the path of its assembly.
        static Process StartServer()
        {
            string program = Process.GetCurrentProcess().MainModule.FileName;
            string assembly = Path.GetFileName(program) == "dotnet" ? typeof(Handshake).Assembly.Location + " " : "";
            return Process.Start(new ProcessStartInfo(program, assembly + "serve") { RedirectStandardOutput = true, UseShellExecute = false });
        }

        // What a whole handshake gives, and the first records that a client of AES only and one of ChaCha20 only are sent.
        public static void Talk()
        {
            using (Process server = StartServer())
            {
                try
                {
                    int port = int.Parse(server.StandardOutput.ReadLine());
                    Greet(port);
                    Record.Fact("answer-aes", FirstRecord(port, "hello-aes.bin"));
                    Record.Fact("answer-chacha", FirstRecord(port, "hello-chacha.bin"));
                }
                finally
                {
                    server.Kill();
                }
            }
        }

        static void Greet(int port)
        {
            using (X509Certificate2 root = new X509Certificate2(Folder + "cert.pem"))
            using (TcpClient client = new TcpClient("127.0.0.1", port))
            using (SslStream stream = new SslStream(client.GetStream(), false,
                (sender, certificate, chain, errors) => (errors & SslPolicyErrors.RemoteCertificateNameMismatch) == 0
                    && certificate.GetCertHashString() == root.GetCertHashString()))
            {
                stream.AuthenticateAsClient("localhost");
                Send(stream, Encoding.ASCII.GetBytes("hello"));
                byte[] reply = new byte[64];
                int size = stream.Read(reply, 0, reply.Length);
                Record.Fact("tls", stream.SslProtocol + " " + Newer.Suite(stream));
                Record.Equal(Encoding.ASCII.GetString(reply, 0, size), "served hello");
                Record.Equal((int)stream.SslProtocol, 0x3000); // SslProtocols.Tls13
            }
        }
    }
}
