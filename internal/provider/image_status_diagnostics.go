package provider

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// maxRevocations is how many iterations a warning lists besides the first, so that it
// fits on a screen.
const maxRevocations = 4

// imageFailureTexts are the texts of failures that concern what was asked.
var imageFailureTexts = map[registry.Kind]failureText{
	registry.Unexpected: {
		summary: "HCP Refused The Request",
		cause:   "HCP refused the request.",
		remedy:  "Check image_id, cloud_provider, region and project, and " + addresses + ".",
	},
	registry.NotFound: {
		summary: "Image Search Not Found",
		cause:   "HCP reports that this registry has no image search.",
		remedy: "Check the project, and whether the registry's tier includes the search. Without it, the data source packer_image_iteration " +
			"tells whether the iteration with a given fingerprint is revoked.",
	},
	registry.InvalidResponse: {
		summary: "HCP's Response Cannot Be Read",
		cause:   "The response is not from HCP, is about another image, or the provider does not understand it.",
		remedy: "Check image_id, cloud_provider and region, and that no proxy answers in HCP's place. " +
			"If the error persists, report it to the provider's developers with the log of TF_LOG_PROVIDER=DEBUG.",
	},
	registry.PermissionDenied: {
		summary: "No Permission To Read HCP Packer",
		cause:   "HCP does not allow this principal to search the registry for images.",
		remedy: "Give the principal the role Viewer on the project, or check that project and organization are the intended ones. " +
			"If they are, check whether the registry's tier includes the search.",
	},
}

// imageTarget describes an image whose status was to be read.
func imageTarget(ref registry.ImageReference, timeout time.Duration) readTarget {
	return readTarget{
		location:     ref.Location,
		description:  "The status of " + describeImage(ref),
		name:         "the status of " + nameImage(ref),
		timeout:      timeout,
		failureTexts: imageFailureTexts,
	}
}

// imageErrorDiagnostic converts the error of reading the status of an image.
func imageErrorDiagnostic(ref registry.ImageReference, timeout time.Duration, err error) diag.Diagnostic {
	var tooLarge *stateTooLargeError
	if errors.As(err, &tooLarge) {
		return imageStatusTooLargeDiagnostic(ref, tooLarge)
	}
	return errorDiagnostic(imageTarget(ref, timeout), err)
}

func imageStatusTooLargeDiagnostic(ref registry.ImageReference, e *stateTooLargeError) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("image_id"), "Image Status Too Large",
		fmt.Sprintf("The status of %s is too large for Terraform. It has an entry for each iteration, build and region that published the image, "+
			"with the labels of the build:\n\n%s\n\n"+
			"Set region in the data source, or shorten the labels when you build with Packer.",
			describeImage(ref), rows{
				{"Entries", fmt.Sprint(e.images)},
				{"Size", fmt.Sprintf("%d MiB", e.size>>20)},
				{"Maximum", fmt.Sprintf("%d MiB", e.maximum>>20)},
			}))
}

// nameImage names an image within a sentence.
func nameImage(ref registry.ImageReference) string {
	where := ref.CloudProvider
	if ref.Region != "" {
		where += ", " + ref.Region
	}
	return fmt.Sprintf("image %q (%s)", oneLine(ref.ImageID), oneLine(where))
}

// describeImage names an image within a sentence, and says in which project it was
// searched for.
func describeImage(ref registry.ImageReference) string {
	if ref.ProjectID == "" {
		return nameImage(ref)
	}
	return nameImage(ref) + " in HCP project " + ref.ProjectID
}

// revocationText is the text of a warning about a revocation.
type revocationText struct{ summary, remedy string }

var (
	imageRevoked       = revocationText{summary: "Image Is Revoked", remedy: "Replace what runs on this image with an image that is not revoked."}
	imageWillBeRevoked = revocationText{summary: "Image Will Be Revoked", remedy: "Replace what runs on this image with another before that date."}
)

// imageStatusWarnings returns the warnings about the status of an image.
func imageStatusWarnings(status registry.ImageStatus) diag.Diagnostics {
	var warnings diag.Diagnostics
	if status.ProjectChoice != nil {
		warnings.Append(projectChosenWarning(nameImage(status.Reference), status.ProjectChoice))
	}
	switch revoked, scheduled := status.Revocations(); {
	case len(revoked) > 0:
		warnings.Append(imageRevocationWarning(imageRevoked, status, revoked, scheduled))
	case len(scheduled) > 0:
		warnings.Append(imageRevocationWarning(imageWillBeRevoked, status, revoked, scheduled))
	}
	return warnings
}

// imageRevocationWarning says which iterations are revoked or will be, with the facts of
// the first. The image is part of the summary, because Terraform shows only the first of
// several warnings with the same one.
func imageRevocationWarning(text revocationText, status registry.ImageStatus, revoked, scheduled []registry.Publication) diag.Diagnostic {
	text.summary += ": " + oneLine(status.Reference.ImageID)
	concerned := slices.Concat(revoked, scheduled)
	first, others := concerned[0], concerned[1:]
	facts := rows{{"Bucket", cmp.Or(oneLine(first.Bucket), "HCP does not say which")}}
	facts.add("Fingerprint", first.Iteration.Fingerprint)
	facts = append(facts, revocationRows(first.Iteration)...)
	detail := describeRevocations(status, len(revoked), len(scheduled)) + "\n\n" + facts.String()
	if len(others) > 0 {
		detail += "\n\nOthers (bucket, iteration, revocation date):\n\n" + listRevocations(others)
	}
	return diag.NewAttributeWarningDiagnostic(path.Root("image_id"), text.summary, detail+"\n\n"+text.remedy)
}

// describeRevocations says how many of the iterations are revoked, and how many will be.
func describeRevocations(status registry.ImageStatus, revoked, scheduled int) string {
	image := describeImage(status.Reference)
	switch total := len(status.Publications); {
	case total == 1 && revoked == 1:
		return fmt.Sprintf("The iteration that published %s is revoked.", image)
	case total == 1:
		return fmt.Sprintf("The iteration that published %s is scheduled for revocation.", image)
	default:
		var states []string
		if revoked > 0 {
			states = append(states, countOf(revoked)+" revoked")
		}
		if scheduled > 0 {
			states = append(states, countOf(scheduled)+" scheduled for revocation")
		}
		which := ":"
		if revoked+scheduled > 1 {
			which = ". The first:"
		}
		return fmt.Sprintf("Of the %d iterations that published %s, %s%s", total, image, strings.Join(states, " and "), which)
	}
}

// countOf returns the number with its verb.
func countOf(n int) string {
	if n == 1 {
		return "1 is"
	}
	return fmt.Sprintf("%d are", n)
}

func listRevocations(publications []registry.Publication) string {
	var lines []string
	for _, publication := range publications[:min(len(publications), maxRevocations)] {
		iteration := publication.Iteration
		lines = append(lines, "  "+strings.Join([]string{
			cmp.Or(oneLine(publication.Bucket), "?"), iterationName(iteration.Version, iteration.ID), formatDate(iteration.Revocation.At),
		}, "\t"))
	}
	return appendOmitted(alignColumns(lines), len(publications)-len(lines))
}
