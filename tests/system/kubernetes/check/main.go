// SPDX-License-Identifier: Apache-2.0

// Reads Kubernetes manifests as an API server does: strictly, with the API's own types, and then by the Restricted
// Pod Security Standard, with the code of the API server's own admission. Prints one JSON object for each document. Exit code 1: one is refused.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

type finding struct {
	File    string          `json:"file"`
	Kind    string          `json:"kind,omitempty"`
	Name    string          `json:"name,omitempty"`
	Refused []string        `json:"refused,omitempty"`
	Pod     *corev1.PodSpec `json:"pod,omitempty"`
}

func decoder() (runtime.Decoder, error) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, appsv1.AddToScheme, batchv1.AddToScheme} {
		if err := add(scheme); err != nil {
			return nil, err
		}
	}
	return serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer(), nil
}

// The pod that an object is or makes; nil: it makes none.
func podOf(object runtime.Object) (*metav1.ObjectMeta, *corev1.PodSpec) {
	switch it := object.(type) {
	case *corev1.Pod:
		return &it.ObjectMeta, &it.Spec
	case *appsv1.Deployment:
		return &it.Spec.Template.ObjectMeta, &it.Spec.Template.Spec
	case *batchv1.Job:
		return &it.Spec.Template.ObjectMeta, &it.Spec.Template.Spec
	}
	return nil, nil
}

func check(document []byte, decode runtime.Decoder, standard policy.Evaluator) finding {
	object, kind, err := decode.Decode(document, nil, nil)
	if err != nil {
		return finding{Refused: []string{err.Error()}}
	}
	found := finding{Kind: kind.Kind, Name: object.(metav1.Object).GetName()}
	meta, pod := podOf(object)
	if pod == nil {
		return found
	}
	found.Pod = pod
	restricted := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	for _, result := range standard.EvaluatePod(restricted, meta, pod) {
		if !result.Allowed {
			found.Refused = append(found.Refused, result.ForbiddenReason+": "+result.ForbiddenDetail)
		}
	}
	return found
}

func run(files []string) (bool, error) {
	decode, err := decoder()
	if err != nil {
		return false, err
	}
	standard, err := policy.NewEvaluator(policy.DefaultChecks())
	if err != nil {
		return false, err
	}
	good := len(files) > 0
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return false, err
		}
		documents := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(content)))
		for {
			document, err := documents.Read()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return false, err
			}
			found := check(document, decode, standard)
			found.File = file
			good = good && len(found.Refused) == 0
			if err := json.NewEncoder(os.Stdout).Encode(found); err != nil {
				return false, err
			}
		}
	}
	return good, nil
}

func main() {
	good, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "check: error:", err)
		os.Exit(3)
	}
	if !good {
		os.Exit(1)
	}
}
