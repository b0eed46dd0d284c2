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

namespace Steps;

static class Handshake
{
    const string Folder = "/kif-test/";

    // Answers three clients; those that cannot be served are told so by TLS itself. Prints its port first.
    public static void Serve()
    {
        using X509Certificate2 certificate = X509Certificate2.CreateFromPemFile(Folder + "cert.pem", Folder + "key.pem");
        TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        Console.WriteLine(((IPEndPoint)listener.LocalEndpoint).Port);
        for (int i = 0; i < 3; ++i)
        {
            using TcpClient client = listener.AcceptTcpClient();
            using SslStream stream = new(client.GetStream());
            try
            {
                stream.AuthenticateAsServer(certificate);
                byte[] text = new byte[64];
                int size = stream.Read(text);
                stream.Write(Encoding.ASCII.GetBytes("served " + Encoding.ASCII.GetString(text, 0, size)));
            }
            catch (Exception error) when (error is AuthenticationException or IOException)
            {
            }
        }
    }

    static string FirstRecord(int port, string hello)
    {
        using TcpClient client = new("127.0.0.1", port);
        client.ReceiveTimeout = 20000;
        client.GetStream().Write(File.ReadAllBytes(Folder + hello));
        byte[] answer = new byte[4096];
        return Convert.ToHexString(answer, 0, client.GetStream().Read(answer));
    }

    // What a whole handshake gives, and the first records that a client of AES only and one of ChaCha20 only are sent.
    public static void Talk()
    {
        ProcessStartInfo start = new(Environment.ProcessPath!, "serve") { RedirectStandardOutput = true };
        using Process server = Process.Start(start)!;
        try
        {
            int port = int.Parse(server.StandardOutput.ReadLine()!);
            using X509Certificate2 root = new(Folder + "cert.pem");
            using TcpClient client = new("127.0.0.1", port);
            using SslStream stream = new(client.GetStream(), false,
                (_, certificate, _, errors) => (errors & SslPolicyErrors.RemoteCertificateNameMismatch) == 0
                    && certificate!.GetCertHashString() == root.GetCertHashString());
            stream.AuthenticateAsClient("localhost");
            stream.Write(Encoding.ASCII.GetBytes("hello"));
            byte[] reply = new byte[64];
            int size = stream.Read(reply);
            Record.Fact("tls", stream.SslProtocol + " " + stream.NegotiatedCipherSuite);
            Record.Equal(Encoding.ASCII.GetString(reply, 0, size), "served hello");
            Record.Equal(stream.SslProtocol, SslProtocols.Tls13);
            Record.Fact("answer-aes", FirstRecord(port, "hello-aes.bin"));
            Record.Fact("answer-chacha", FirstRecord(port, "hello-chacha.bin"));
        }
        finally
        {
            server.Kill();
        }
    }
}
