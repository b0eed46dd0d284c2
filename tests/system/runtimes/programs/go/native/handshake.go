// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"time"

	"kif/record"
)

const folder = "/kif-test/"

// serve answers clients until it is killed. Prints its address first.
func serve() error {
	certificate, err := tls.LoadX509KeyPair(folder+"cert.pem", folder+"key.pem")
	if err != nil {
		return err
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}})
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr())
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		text := make([]byte, 64)
		if n, err := connection.Read(text); err == nil {
			fmt.Fprintf(connection, "served %s", text[:n])
		}
		connection.Close()
	}
}

func firstRecord(address, hello string) (string, error) {
	said, err := os.ReadFile(folder + hello)
	if err != nil {
		return "", err
	}
	connection, err := net.DialTimeout("tcp", address, 20*time.Second)
	if err != nil {
		return "", err
	}
	defer connection.Close()
	connection.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err = connection.Write(said); err != nil {
		return "", err
	}
	answer := make([]byte, 4096)
	n, err := connection.Read(answer)
	return hex.EncodeToString(answer[:n]), err
}

// handshake is TLS 1.3 on loopback between two processes: the server is a child, started afresh.
func handshake() error {
	server := exec.Command("/proc/self/exe", "serve")
	output, err := server.StdoutPipe()
	if err != nil {
		return err
	}
	if err = server.Start(); err != nil {
		return err
	}
	defer server.Wait()
	defer server.Process.Kill()
	address, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		return err
	}
	address = strings.TrimSpace(address)
	pem, err := os.ReadFile(folder + "cert.pem")
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	connection, err := tls.Dial("tcp", address, &tls.Config{RootCAs: roots, ServerName: "localhost"})
	if err != nil {
		return err
	}
	fmt.Fprint(connection, "hello")
	reply, err := io.ReadAll(connection)
	if err != nil {
		return err
	}
	state := connection.ConnectionState()
	record.Fact("tls", strings.ReplaceAll(tls.VersionName(state.Version), "TLS ", "TLSv")+" "+tls.CipherSuiteName(state.CipherSuite))
	if state.Version != tls.VersionTLS13 || string(reply) != "served hello" {
		return errors.New(tls.VersionName(state.Version) + ", and the server answered '" + string(reply) + "'")
	}
	for _, name := range []string{"aes", "chacha"} {
		answer, err := firstRecord(address, "hello-"+name+".bin")
		if err != nil {
			return err
		}
		record.Fact("answer-"+name, answer)
	}
	return nil
}

func init() {
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		fmt.Fprintln(os.Stderr, serve())
		os.Exit(1)
	}
}
