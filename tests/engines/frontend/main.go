// Reads Dockerfiles as BuildKit's front end does, and says which vertices they become. Nothing is
// built: images are resolved by a stub, named contexts count as images.
//
// On stdin one JSON object for each line: {"name", "dockerfile" (a path), "target", "platform"}. On
// stdout one for each: {"name", "error", "warnings", "vertices": [{"digest", "kind", "stage", "title"}]}.
// A vertex's digest is that of its operation and of all its inputs, so two files need the same work
// exactly where digests are equal.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/appcontext"
	digest "github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"google.golang.org/protobuf/proto"
)

type request struct {
	Name       string `json:"name"`
	Dockerfile string `json:"dockerfile"`
	Target     string `json:"target"`
	Platform   string `json:"platform"`
}

type vertex struct {
	Digest string `json:"digest"`
	Kind   string `json:"kind"`
	Stage  string `json:"stage"`
	Title  string `json:"title"`
}

type answer struct {
	Name     string   `json:"name"`
	Error    string   `json:"error"`
	Warnings []string `json:"warnings"`
	Vertices []vertex `json:"vertices"`
	User     string   `json:"user"`
}

// The configuration that every base image is taken to have.
type resolver struct{ platform ocispecs.Platform }

func (r resolver) ResolveImageConfig(
	_ context.Context, ref string, _ sourceresolver.Opt,
) (string, digest.Digest, []byte, error) {
	environment := []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
	// Images with CUDA or a toolset of their own say where their libraries are; a distribution's
	// do not. A use of the variable on top of the latter is a warning.
	for _, word := range []string{"cuda", "pytorch", "sglang", "manylinux"} {
		if strings.Contains(ref, word) {
			environment = append(environment, "LD_LIBRARY_PATH=/usr/local/nvidia/lib64")
			break
		}
	}
	config, err := json.Marshal(ocispecs.Image{
		Platform: r.platform,
		Config:   ocispecs.ImageConfig{Env: environment},
		// An image without layers would be taken for an empty one, whatever its name.
		RootFS: ocispecs.RootFS{Type: "layers", DiffIDs: []digest.Digest{digest.FromString(ref)}},
	})
	return ref, digest.FromString(ref), config, err
}

// "[runtime 3/17] RUN …" as the front end names vertices; the number of steps would change with
// every step that is added, so it is not part of what is said.
var named = regexp.MustCompile(`^\[(?:[^\s\]]*/[^\s\]]* )?([A-Za-z0-9._-]+)?(?: *[0-9]+/[0-9]+)?\] (.*)$`)

func convert(ctx context.Context, asked request) answer {
	found := answer{Name: asked.Name, Warnings: []string{}, Vertices: []vertex{}}
	text, err := os.ReadFile(asked.Dockerfile)
	if err != nil {
		found.Error = err.Error()
		return found
	}
	system, architecture, _ := strings.Cut(asked.Platform, "/")
	platform := ocispecs.Platform{OS: system, Architecture: architecture}
	result, err := dockerfile2llb.Dockerfile2LLB(ctx, text, dockerfile2llb.ConvertOpt{
		Config:         dockerui.Config{Target: asked.Target, BuildPlatforms: []ocispecs.Platform{platform}},
		TargetPlatform: &platform,
		MetaResolver:   resolver{platform: platform},
		Warn: func(rule, _, _, message string, _ []parser.Range) {
			found.Warnings = append(found.Warnings, fmt.Sprintf("%s: %s", rule, message))
		},
	})
	if err != nil {
		found.Error = err.Error()
		return found
	}
	found.User = result.Image.Config.User
	definition, err := result.State.Marshal(ctx, llb.Platform(platform))
	if err != nil {
		found.Error = err.Error()
		return found
	}
	known := map[string]string{}
	for _, encoded := range definition.Def {
		var operation pb.Op
		if err := operation.UnmarshalVT(encoded); err != nil {
			found.Error = err.Error()
			return found
		}
		key := digest.FromBytes(encoded)
		title := definition.Metadata[key].Description["llb.customname"]
		own, err := identity(&operation, known)
		if err != nil {
			found.Error = err.Error()
			return found
		}
		known[key.String()] = own
		one := vertex{Digest: own, Kind: kind(&operation), Title: title}
		if parts := named.FindStringSubmatch(title); parts != nil {
			one.Stage, one.Title = parts[1], parts[2]
		}
		if one.Kind != "" {
			found.Vertices = append(found.Vertices, one)
		}
	}
	return found
}

// The digest of an operation and of all its inputs, as far as they decide what executes. BuildKit
// compares files of a local context by their content, so neither its random id nor the list of all
// files that some stage wants of it counts; a file's name has the digest of its content here.
func identity(operation *pb.Op, known map[string]string) (string, error) {
	if source := operation.GetSource(); source != nil && strings.HasPrefix(source.Identifier, "local://") {
		source.Attrs = nil
	}
	for _, input := range operation.Inputs {
		if own, ok := known[input.Digest]; ok {
			input.Digest = own
		}
	}
	encoded, err := proto.MarshalOptions{Deterministic: true}.Marshal(operation)
	return digest.FromBytes(encoded).String(), err
}

func kind(operation *pb.Op) string {
	switch operation.Op.(type) {
	case *pb.Op_Exec:
		return "exec"
	case *pb.Op_File:
		return "file"
	case *pb.Op_Source:
		return "source"
	case *pb.Op_Merge:
		return "merge"
	}
	return ""
}

func main() {
	ctx := appcontext.Context()
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<20)
	out := json.NewEncoder(os.Stdout)
	for in.Scan() {
		var asked request
		if err := json.Unmarshal(in.Bytes(), &asked); err != nil {
			fmt.Fprintln(os.Stderr, "error:", err)
			os.Exit(2)
		}
		if err := out.Encode(convert(ctx, asked)); err != nil {
			os.Exit(1)
		}
	}
}
