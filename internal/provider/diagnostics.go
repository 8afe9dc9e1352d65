package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// This file is the one place where errors become diagnostics. Each tells what
// was asked, what came back, and what to do next. Terraform wraps paragraphs
// but leaves indented lines alone, so facts that may have to be copied stand on
// indented lines.

// maxNames is how many names a diagnostic lists.
const maxNames = 10

// errorDiagnostic explains why the channel could not be resolved.
func errorDiagnostic(channel registry.Channel, err error) diag.Diagnostic {
	var (
		revoked         *registry.RevokedError
		unassigned      *registry.UnassignedError
		channelNotFound *registry.ChannelNotFoundError
		bucketNotFound  *registry.BucketNotFoundError
		inactive        *registry.RegistryInactiveError
		noRegistry      *registry.RegistryNotFoundError
		failure         *registry.Failure
		settings        *settingsError
	)
	switch {
	case errors.As(err, &revoked):
		return revokedDiagnostic(channel, revoked.Iteration)
	case errors.As(err, &unassigned):
		return diag.NewAttributeErrorDiagnostic(path.Root("channel"), "Channel Without Iteration",
			fmt.Sprintf("%s exists but points at no iteration. It may never have been given one, or its iteration "+
				"was revoked: HCP then rolls the channel back to an earlier iteration, or to none.\n\n"+
				"Assign an iteration to the channel in HCP Packer, then run Terraform again.", subject(channel)))
	case errors.As(err, &channelNotFound):
		return diag.NewAttributeErrorDiagnostic(path.Root("channel"), "Channel Not Found",
			fmt.Sprintf("Bucket %q in HCP project %s has no channel %q.%s\n\n%s\n\n"+
				"Correct the name, or create the channel in HCP Packer.",
				channel.Bucket, channel.ProjectID, channel.Name, didYouMean(channelNotFound.Known),
				listNames("The bucket", "channels", channelNotFound.Known)))
	case errors.As(err, &bucketNotFound):
		return diag.NewAttributeErrorDiagnostic(path.Root("bucket"), "Bucket Not Found",
			fmt.Sprintf("The HCP Packer registry of project %s has no bucket %q, in which channel %q was looked for.%s\n\n%s\n\n"+
				"Correct the name or the project, or publish to the bucket with Packer first.",
				channel.ProjectID, channel.Bucket, channel.Name, didYouMean(bucketNotFound.Known),
				listNames("The registry", "buckets", bucketNotFound.Known)))
	case errors.As(err, &inactive):
		return diag.NewErrorDiagnostic("HCP Packer Registry Is Not Active", inactiveDetail(channel, inactive.Deprovision))
	case errors.As(err, &noRegistry):
		return diag.NewErrorDiagnostic("HCP Packer Registry Not Found",
			fmt.Sprintf("HCP project %s of organization %s has no HCP Packer registry to read bucket %q, channel %q from.\n\n"+
				"Check project_id and organization_id in the data source or the provider, and HCP_PROJECT_ID and "+
				"HCP_ORGANIZATION_ID in the environment; or create the registry in HCP.",
				channel.ProjectID, channel.OrganizationID, channel.Bucket, channel.Name))
	case errors.As(err, &settings):
		return diag.NewErrorDiagnostic("Provider Cannot Be Used As Configured",
			fmt.Sprintf("%s\n\nThis concerns the read of bucket %q, channel %q.", settings.problem, channel.Bucket, channel.Name))
	case errors.As(err, &failure):
		return failureDiagnostic(channel, failure)
	case errors.Is(err, context.Canceled):
		return diag.NewErrorDiagnostic("Reading Was Cancelled", fmt.Sprintf("%s was not read.", subject(channel)))
	default:
		return diag.NewErrorDiagnostic("Reading HCP Packer Failed",
			fmt.Sprintf("%s could not be read: %s.", subject(channel), oneLine(err.Error())))
	}
}

func revokedDiagnostic(channel registry.Channel, iteration *registry.Iteration) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("channel"), "Image Iteration Is Revoked",
		fmt.Sprintf("%s points at an iteration that is revoked, so its images must not be used any more.\n\n%s\n\n"+
			"Assign an iteration that is fit for use to the channel in HCP Packer, or restore this one, then run "+
			"Terraform again. To destroy what runs on it meanwhile, use terraform destroy -refresh=false.",
			subject(channel), revocationFacts("Revoked since", iteration)))
}

// revocationScheduledWarning announces a revocation that is still to come.
func revocationScheduledWarning(channel registry.Channel, iteration *registry.Iteration) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("channel"), "Image Iteration Will Be Revoked",
		fmt.Sprintf("%s points at an iteration that is to be revoked. Until then it can be used.\n\n%s\n\n"+
			"Assign another iteration to the channel before that, and replace what runs on this one.",
			subject(channel), revocationFacts("To be revoked", iteration)))
}

// revocationFacts lists who revoked the iteration, when and why.
func revocationFacts(when string, iteration *registry.Iteration) string {
	revocation := iteration.Revocation
	rows := [][2]string{
		{"Iteration", iterationName(iteration.Version, iteration.ID)},
		{when, date(revocation.At)},
		{"By", orElse(revocation.Author, "HCP does not say whom")},
		{"Reason", orElse(revocation.Message, "none given")},
	}
	if from := revocation.InheritedFrom; from != nil {
		rows = append(rows, [2]string{"Inherited from",
			fmt.Sprintf("bucket %q, iteration %s", from.Bucket, iterationName(from.Version, from.IterationID))})
	} else if revocation.Type == registry.RevocationInherited {
		rows = append(rows, [2]string{"Inherited from", "an ancestor that HCP does not name"})
	}
	return table(rows)
}

func inactiveDetail(channel registry.Channel, reason registry.Deprovision) string {
	var rows [][2]string
	if reason.Message != "" {
		rows = append(rows, [2]string{"Message", oneLine(reason.Message)})
	}
	if reason.Reason != "" {
		rows = append(rows, [2]string{"Reason", oneLine(reason.Reason)})
	}
	if !reason.At.IsZero() {
		rows = append(rows, [2]string{"Since", date(reason.At)})
	}
	account := "HCP gives no reason."
	if len(rows) > 0 {
		account = "HCP gives this reason:\n\n" + table(rows)
	}
	return fmt.Sprintf("The HCP Packer registry of project %s is not active, so bucket %q, channel %q cannot be read. %s\n\n"+
		"Settle what HCP names, reactivate the registry in HCP Packer, then run Terraform again.",
		channel.ProjectID, channel.Bucket, channel.Name, account)
}

// failureTexts tells for each kind of failure what happened and what to do.
func failureTexts(kind registry.Kind) (summary, happened, next string) {
	switch kind {
	case registry.NotFound:
		return "Bucket Or Channel Not Found",
			"HCP says that it does not exist, and did not let the provider find out which of registry, bucket and channel is missing.",
			"Check bucket, channel and project, and that the principal may list buckets and channels."
	case registry.FailedPrecondition:
		return "HCP Packer Registry Not Ready",
			"HCP says that the registry is not in a state to answer.",
			"Look at the state of the registry in HCP Packer."
	case registry.NoCredentials:
		return "No HCP Credentials",
			"There is nothing to sign in to HCP with.",
			"Set client_id and client_secret in the provider's configuration, or HCP_CLIENT_ID and HCP_CLIENT_SECRET in the environment."
	case registry.CredentialsRefused:
		return "HCP Credentials Refused",
			"HCP did not accept the credentials.",
			"Check client_id and client_secret, or HCP_CLIENT_ID and HCP_CLIENT_SECRET: the key may have been deleted or mistyped."
	case registry.PermissionDenied:
		return "No Permission To Read HCP Packer",
			"HCP does not let this principal read it.",
			"Give the principal the role Viewer on the project, or check that project and organization are the ones you mean."
	case registry.RateLimited:
		return "HCP Rate Limit Reached",
			"HCP is getting too many requests.",
			"Wait a little, then run Terraform again."
	case registry.Unavailable:
		return "HCP Is Not Available",
			"HCP has a fault of its own.",
			"Run Terraform again later; HCP reports outages on its status page."
	case registry.TimedOut:
		return "HCP Did Not Answer In Time",
			"There was no answer in time.",
			"Check the network, then run Terraform again."
	case registry.Unreachable:
		return "HCP Cannot Be Reached",
			"There was no connection to HCP, or none that can be trusted.",
			"Check the network, proxy settings and certificates, and HCP_API_ADDRESS and HCP_AUTH_URL if they are set."
	case registry.Unreadable:
		return "HCP's Answer Cannot Be Read",
			"What came back is no answer of HCP Packer that the provider understands.",
			"Check that no proxy answers in HCP's place, and HCP_API_ADDRESS and HCP_AUTH_URL if they are set."
	default:
		return "HCP Refused The Request",
			"HCP refused the request.",
			"Look at HCP's message."
	}
}

func failureDiagnostic(channel registry.Channel, failure *registry.Failure) diag.Diagnostic {
	summary, happened, next := failureTexts(failure.Kind)
	var rows [][2]string
	if failure.Status != 0 {
		rows = append(rows, [2]string{"HTTP status", fmt.Sprint(failure.Status)})
	}
	if failure.Message != "" && failure.Status != 0 {
		rows = append(rows, [2]string{"Message", oneLine(failure.Message)})
	}
	if failure.Err != nil {
		rows = append(rows, [2]string{"Cause", oneLine(failure.Err.Error())})
	}
	facts := ""
	if len(rows) > 0 {
		facts = "\n\n" + table(rows)
	}
	return diag.NewErrorDiagnostic(summary,
		fmt.Sprintf("%s could not be read. %s%s\n\n%s", subject(channel), happened, facts, next))
}

// subject says which channel is meant, and where.
func subject(channel registry.Channel) string {
	where := ""
	if channel.ProjectID != "" {
		where = " in HCP project " + channel.ProjectID
	}
	return fmt.Sprintf("Channel %q of bucket %q%s", channel.Name, channel.Bucket, where)
}

func iterationName(version, id string) string {
	switch {
	case version == "":
		return orElse(id, "unknown")
	case id == "":
		return oneLine(version)
	default:
		return oneLine(fmt.Sprintf("%s (%s)", version, id))
	}
}

func date(t time.Time) string {
	if t.IsZero() {
		return "HCP gives no date"
	}
	return t.UTC().Format(time.RFC3339)
}

func didYouMean(known registry.Names) string {
	if known.Closest == "" {
		return ""
	}
	return fmt.Sprintf(" Did you mean %q?", known.Closest)
}

// listNames lists what owner has, the closest name first.
func listNames(owner, kind string, known registry.Names) string {
	if len(known.All) == 0 {
		return fmt.Sprintf("%s has no %s.", owner, kind)
	}
	var list strings.Builder
	fmt.Fprintf(&list, "%s has these %s:\n", owner, kind)
	for i, name := range known.All {
		if i == maxNames {
			fmt.Fprintf(&list, "\n  … and %d more", len(known.All)-maxNames)
			break
		}
		fmt.Fprintf(&list, "\n  %s", oneLine(name))
	}
	return list.String()
}

// table lays out names and values in two columns, indented.
func table(rows [][2]string) string {
	width := 0
	for _, row := range rows {
		width = max(width, len(row[0]))
	}
	lines := make([]string, len(rows))
	for i, row := range rows {
		lines[i] = fmt.Sprintf("  %-*s  %s", width+1, row[0]+":", row[1])
	}
	return strings.Join(lines, "\n")
}

func orElse(s, fallback string) string {
	if s = oneLine(s); s != "" {
		return s
	}
	return fallback
}

// oneLine makes text that is not ours fit to be shown in a terminal: on one
// line, and without control characters.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}
