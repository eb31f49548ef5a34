#!/usr/bin/env bash
# Moves node pools of --name; touch owned to Windows2022: wspool becomes poolws.
# Made by poolshift VERSION from plan-hostile, which was made at 2022-10-15T08:00:00Z; the facts are
# those of 2022-10-15. Needs bash, az, kubectl, awk and grep. See: --help, --list
#
# BLOCKERS: the script refuses to run while there are any
#   - PSW104 $(touch owned): line break
#     do: `touch owned`
#
# WHAT THIS SCRIPT CANNOT DO
#   - the plan rests on a snapshot; what is compared again is each pool's OS SKU, size and count,
#     the Kubernetes version, and the images of the templates that change.
#     instead: render a fresh plan when this one is no longer of today (it was made at
#     2022-10-15T08:00:00Z, fingerprint 1b8787d1a1feaea58f3576fee25b1261).
#   - no lease is taken on the cluster and no journal is kept.
#     instead: let nobody else change these pools meanwhile, poolshift apply included.
#   - whether pods with hard rules about other pods (topology spread, anti-affinity) find a node is
#     not reckoned again before each change.
#     instead: stop when a pod stays Pending, and read its events; poolshift apply looks beforehand.
#   - az aks nodepool add cannot say nodeTaints, nodeLabels, tags of poolws.
#     instead: nothing to do: the pool is made by az rest with the whole body, as poolshift apply
#     does.
#   - nothing is taken back by itself when a step fails.
#     instead: take steps back from the last to the first with --undo N; what was held (autoscaler,
#     channels) stays held until the restore step has run.
#
# NOTES OF THE PLAN
#   - it's
#   - say "hi"
#   - $(touch owned)
#   - `touch owned`
#   - a b c
#   - line break
#   - tab bed
#   - -rf
#   - --output=json
#   - EOF
#   - POOLSHIFT_END
#   - back\slash
#   - $HOME ${IFS} $1
#   - *?[a-z]{1,2}
#   - ; touch owned;
#   - | tee owned
#   - && touch owned
#   - # no comment
#   - !history
#   - ~root
#   - größe-漢字-🚢
#   - \x202egnp
#   - <b>&amp;</b>
#   - [x](javascript:alert)
#   - %s%n%d
#   - @owned
#
# STEPS
#    1  preflight: send every write as a dry run
#    2  features: nothing to do: Windows2022 needs no feature registration
#    3  hold: nothing to do: no autoscaler and no auto-upgrade channel is on
#    4  control-plane: nothing to do: it is new enough
#    5  create-poolws: create poolws: Windows2022, 3 nodes of Standard_D2s_v3
#    6  ready-poolws: all nodes of poolws are Ready and their DaemonSet pods run
#    7  identity-poolws: nothing to do: the scale set of wspool has no identities of its own
#    8  pre-pull-poolws: pull 1 new image on poolws and start each once
#    9  canary-0: one pod of nsit's/Deployment/it's0
#   10  canary-1: one pod of nssay "hi"/Deployment/say "hi"1
#   11  canary-2: one pod of ns$(touch owned)/Deployment/$(touch owned)2
#   12  canary-3: one pod of ns`touch owned`/Deployment/`touch owned`3
#   13  canary-4: one pod of nsa b c/Deployment/a b c4
#   14  canary-5: one pod of nsline break/Deployment/line break5
#   15  canary-6: one pod of nstab bed/Deployment/tab bed6
#   16  canary-7: one pod of ns-rf/Deployment/-rf7
#   17  canary-8: one pod of ns--output=json/Deployment/--output=json8
#   18  canary-9: one pod of nsEOF/Deployment/EOF9
#   19  canary-10: one pod of nsPOOLSHIFT_END/Deployment/POOLSHIFT_END10
#   20  canary-11: one pod of nsback\slash/Deployment/back\slash11
#   21  canary-12: one pod of ns$HOME ${IFS} $1/Deployment/$HOME ${IFS} $112
#   22  canary-13: one pod of ns*?[a-z]{1,2}/Deployment/*?[a-z]{1,2}13
#   23  canary-14: one pod of ns; touch owned;/Deployment/; touch owned;14
#   24  canary-15: one pod of ns| tee owned/Deployment/| tee owned15
#   25  canary-16: one pod of ns&& touch owned/Deployment/&& touch owned16
#   26  canary-17: one pod of ns# no comment/Deployment/# no comment17
#   27  canary-18: one pod of ns!history/Deployment/!history18
#   28  canary-19: one pod of ns~root/Deployment/~root19
#   29  canary-20: one pod of nsgröße-漢字-🚢/Deployment/größe-漢字-🚢20
#   30  canary-21: one pod of ns\x202egnp/Deployment/\x202egnp21
#   31  canary-22: one pod of ns<b>&amp;<-b>/Deployment/<b>&amp;<-b>22
#   32  canary-23: one pod of ns[x](javascript:alert)/Deployment/[x](javascript:alert)23
#   33  canary-24: one pod of ns%s%n%d/Deployment/%s%n%d24
#   34  canary-25: one pod of ns@owned/Deployment/@owned25
#   35  retarget-0-nsit's/Deployment/it's0: retarget: nsit's/Deployment/it's0
#   36  retarget-1-nssay "hi"/Deployment/say "hi"1: retarget: nssay "hi"/Deployment/say "hi"1
#   37  retarget-2-ns$(touch owned)/Deployment/$(touch owned)2: retarget: ns$(touch
#       owned)/Deployment/$(touch owned)2
#   38  retarget-3-ns`touch owned`/Deployment/`touch owned`3: retarget: ns`touch
#       owned`/Deployment/`touch owned`3
#   39  retarget-4-nsa b c/Deployment/a b c4: retarget: nsa b c/Deployment/a b c4
#   40  retarget-5-nsline break/Deployment/line break5: retarget: nsline break/Deployment/line
#       break5
#   41  retarget-6-nstab bed/Deployment/tab bed6: retarget: nstab bed/Deployment/tab bed6
#   42  retarget-7-ns-rf/Deployment/-rf7: retarget: ns-rf/Deployment/-rf7
#   43  retarget-8-ns--output=json/Deployment/--output=json8: retarget:
#       ns--output=json/Deployment/--output=json8
#   44  retarget-9-nsEOF/Deployment/EOF9: retarget: nsEOF/Deployment/EOF9
#   45  retarget-10-nsPOOLSHIFT_END/Deployment/POOLSHIFT_END10: retarget:
#       nsPOOLSHIFT_END/Deployment/POOLSHIFT_END10
#   46  retarget-11-nsback\slash/Deployment/back\slash11: retarget:
#       nsback\slash/Deployment/back\slash11
#   47  retarget-12-ns$HOME ${IFS} $1/Deployment/$HOME ${IFS} $112: retarget: ns$HOME ${IFS}
#       $1/Deployment/$HOME ${IFS} $112
#   48  retarget-13-ns*?[a-z]{1,2}/Deployment/*?[a-z]{1,2}13: retarget:
#       ns*?[a-z]{1,2}/Deployment/*?[a-z]{1,2}13
#   49  retarget-14-ns; touch owned;/Deployment/; touch owned;14: retarget: ns; touch
#       owned;/Deployment/; touch owned;14
#   50  retarget-15-ns| tee owned/Deployment/| tee owned15: retarget: ns| tee owned/Deployment/| tee
#       owned15
#   51  retarget-16-ns&& touch owned/Deployment/&& touch owned16: retarget: ns&& touch
#       owned/Deployment/&& touch owned16
#   52  retarget-17-ns# no comment/Deployment/# no comment17: retarget: ns# no comment/Deployment/#
#       no comment17
#   53  retarget-18-ns!history/Deployment/!history18: retarget: ns!history/Deployment/!history18
#   54  retarget-19-ns~root/Deployment/~root19: retarget: ns~root/Deployment/~root19
#   55  retarget-20-nsgröße-漢字-🚢/Deployment/größe-漢字-🚢20: retarget:
#       nsgröße-漢字-🚢/Deployment/größe-漢字-🚢20
#   56  retarget-21-ns\x202egnp/Deployment/\x202egnp21: retarget: ns\x202egnp/Deployment/\x202egnp21
#   57  retarget-22-ns<b>&amp;<-b>/Deployment/<b>&amp;<-b>22: retarget:
#       ns<b>&amp;<-b>/Deployment/<b>&amp;<-b>22
#   58  retarget-23-ns[x](javascript:alert)/Deployment/[x](javascript:alert)23: retarget:
#       ns[x](javascript:alert)/Deployment/[x](javascript:alert)23
#   59  retarget-24-ns%s%n%d/Deployment/%s%n%d24: retarget: ns%s%n%d/Deployment/%s%n%d24
#   60  retarget-25-ns@owned/Deployment/@owned25: retarget: ns@owned/Deployment/@owned25
#   61  lift-guard-poolws: take the guard taint off poolws
#   62  drain-wspool: cordon wspool, move 0 pods of 0 workloads
#   63  verify-wspool: every moved workload is ready on green
#   64  soak-wspool: 3600 s without a fault on green
#   65  unbalance-wspool: nothing to do: line break
#   66  delete-wspool: delete wspool
#   67  restore: take the run's marks off, restore holds
#   68  prove-wspool: nothing names wspool any more
#   69  final-check: pools, nodes, workloads as planned

# Names from the cluster, queries and templates stand in single quotes, as they are.
# shellcheck disable=SC2016
set -euo pipefail

# ---- values; change them here and nowhere else
plan='plan-hostile' # what the marks of this plan say
subscription='$(touch owned)'
resource_group=$'it\'s `a` "group"\x0a$(touch owned)'
cluster='--name; touch owned'
cluster_id=$'/subscriptions/$(touch owned)/resourceGroups/it\'s `a` "group"\x0a$(touch owned)/providers/Microsoft.ContainerService/managedClusters/--name; touch owned'
kubernetes_version='1.23.8'
target_sku='Windows2022'
min_az='' # empty: no first version is recorded
patience_s='7200' # how long a step may wait before it fails
poll_s='10' # how long it waits between two looks
blue_1='wspool'
green_1='poolws'
sku_1='Windows2019' # blue's OS SKU
size_1='Standard_D2s_v3; touch owned'
count_1='3'
build_1='10.0.20348' # green's build
owner_1='none'
identities_1=('/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/gmsa' '/id/$(touch owned) it'\''s')
namespace_1='nsit'\''s'
kind_1='deployment'
name_1='it'\''s0'
namespace_2='nssay "hi"'
kind_2='deployment'
name_2='say "hi"1'
namespace_3='ns$(touch owned)'
kind_3='deployment'
name_3='$(touch owned)2'
namespace_4='ns`touch owned`'
kind_4='deployment'
name_4='`touch owned`3'
namespace_5='nsa b  c'
kind_5='deployment'
name_5='a b  c4'
namespace_6=$'nsline\x0abreak'
kind_6='deployment'
name_6=$'line\x0abreak5'
namespace_7=$'nstab\x09bed'
kind_7='deployment'
name_7=$'tab\x09bed6'
namespace_8='ns-rf'
kind_8='deployment'
name_8='-rf7'
namespace_9='ns--output=json'
kind_9='deployment'
name_9='--output=json8'
namespace_10='nsEOF'
kind_10='deployment'
name_10='EOF9'
namespace_11='nsPOOLSHIFT_END'
kind_11='deployment'
name_11='POOLSHIFT_END10'
namespace_12='nsback\slash'
kind_12='deployment'
name_12='back\slash11'
namespace_13='ns$HOME ${IFS} $1'
kind_13='deployment'
name_13='$HOME ${IFS} $112'
namespace_14='ns*?[a-z]{1,2}'
kind_14='deployment'
name_14='*?[a-z]{1,2}13'
namespace_15='ns; touch owned;'
kind_15='deployment'
name_15='; touch owned;14'
namespace_16='ns| tee owned'
kind_16='deployment'
name_16='| tee owned15'
namespace_17='ns&& touch owned'
kind_17='deployment'
name_17='&& touch owned16'
namespace_18='ns# no comment'
kind_18='deployment'
name_18='# no comment17'
namespace_19='ns!history'
kind_19='deployment'
name_19='!history18'
namespace_20='ns~root'
kind_20='deployment'
name_20='~root19'
namespace_21='nsgröße-漢字-🚢'
kind_21='deployment'
name_21='größe-漢字-🚢20'
namespace_22=$'ns\xe2\x80\xaegnp'
kind_22='deployment'
name_22=$'\xe2\x80\xaegnp21'
namespace_23='ns<b>&amp;<-b>'
kind_23='deployment'
name_23='<b>&amp;<-b>22'
namespace_24='ns[x](javascript:alert)'
kind_24='deployment'
name_24='[x](javascript:alert)23'
namespace_25='ns%s%n%d'
kind_25='deployment'
name_25='%s%n%d24'
namespace_26='ns@owned'
kind_26='deployment'
name_26='@owned25'
seconds_9='60' # canary
seconds_10='60' # canary
seconds_11='60' # canary
seconds_12='60' # canary
seconds_13='60' # canary
seconds_14='60' # canary
seconds_15='60' # canary
seconds_16='60' # canary
seconds_17='60' # canary
seconds_18='60' # canary
seconds_19='60' # canary
seconds_20='60' # canary
seconds_21='60' # canary
seconds_22='60' # canary
seconds_23='60' # canary
seconds_24='60' # canary
seconds_25='60' # canary
seconds_26='60' # canary
seconds_27='60' # canary
seconds_28='60' # canary
seconds_29='60' # canary
seconds_30='60' # canary
seconds_31='60' # canary
seconds_32='60' # canary
seconds_33='60' # canary
seconds_34='60' # canary
seconds_64='60' # soak
blues=('wspool')
greens=('poolws')
planned=(
  'nsit'\''s/Deployment/it'\''s0'
  'nssay "hi"/Deployment/say "hi"1'
  'ns$(touch owned)/Deployment/$(touch owned)2'
  'ns`touch owned`/Deployment/`touch owned`3'
  'nsa b  c/Deployment/a b  c4'
  $'nsline\x0abreak/Deployment/line\x0abreak5'
  $'nstab\x09bed/Deployment/tab\x09bed6'
  'ns-rf/Deployment/-rf7'
  'ns--output=json/Deployment/--output=json8'
  'nsEOF/Deployment/EOF9'
  'nsPOOLSHIFT_END/Deployment/POOLSHIFT_END10'
  'nsback\slash/Deployment/back\slash11'
  'ns$HOME ${IFS} $1/Deployment/$HOME ${IFS} $112'
  'ns*?[a-z]{1,2}/Deployment/*?[a-z]{1,2}13'
  'ns; touch owned;/Deployment/; touch owned;14'
  'ns| tee owned/Deployment/| tee owned15'
  'ns&& touch owned/Deployment/&& touch owned16'
  'ns# no comment/Deployment/# no comment17'
  'ns!history/Deployment/!history18'
  'ns~root/Deployment/~root19'
  'nsgröße-漢字-🚢/Deployment/größe-漢字-🚢20'
  $'ns\xe2\x80\xaegnp/Deployment/\xe2\x80\xaegnp21'
  'ns<b>&amp;<-b>/Deployment/<b>&amp;<-b>22'
  'ns[x](javascript:alert)/Deployment/[x](javascript:alert)23'
  'ns%s%n%d/Deployment/%s%n%d24'
  'ns@owned/Deployment/@owned25'
)
gentle_guard='' # whether pods on green may have to be sent back
old_images=(
  'old/it'\''s'
  'old/say "hi"'
  'old/$(touch owned)'
  'old/`touch owned`'
  'old/a b  c'
  $'old/line\x0abreak'
  $'old/tab\x09bed'
  'old/-rf'
  'old/--output=json'
  'old/EOF'
  'old/POOLSHIFT_END'
  'old/back\slash'
  'old/$HOME ${IFS} $1'
  'old/*?[a-z]{1,2}'
  'old/; touch owned;'
  'old/| tee owned'
  'old/&& touch owned'
  'old/# no comment'
  'old/!history'
  'old/~root'
  'old/größe-漢字-🚢'
  $'old/\xe2\x80\xaegnp'
  'old/<b>&amp;</b>'
  'old/[x](javascript:alert)'
  'old/%s%n%d'
  'old/@owned'
)
blockers='1'
steps='69'
context='' # kubectl's context; empty: the current one
node_group='' # the nodes' own resource group, found out at the start
current='1' # the step that is taken
yes=''
take_ownership=''
despite_blockers=''
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# Makes poolws with so many nodes.
# Left to the service, whose default it is: kubeletDiskType.
add_pool_1() {
  local body
  body=$(sed 's/^    "count": [0-9]*/    "count": '"$1"'/' "$here/manifests/pool-poolws.json")
  change az rest --method=put --body="$body" \
    --url="$cluster_id/agentPools/$green_1?api-version=2026-06-01" \
    --headers 'If-None-Match=*' 'Content-Type=application/json' 'UseWindowsGen2VM=true'
}

# 1. preflight: send every write as a dry run
# expected 5 s; can be taken back
step_1() {
  check_access
  check_version "$kubernetes_version"
  check_blue "$blue_1" "$green_1" "$sku_1" "$size_1" "$count_1"
  try_template \
      "$namespace_1" "$kind_1" "$name_1" \
      "$here/patches/nsit-s-deployment-it-s0-b68ca0c9.json" \
      'old/it'\''s'
  try_template \
      "$namespace_2" "$kind_2" "$name_2" \
      "$here/patches/nssay-hi-deployment-say-hi-1-e2c25b8b.json" \
      'old/say "hi"'
  try_manifest \
      "$namespace_2" "$kind_2" "$name_2" \
      "$here/patches/nssay-hi-deployment-say-hi-1-e2c25b8b.json" \
      "$here/manifests/nssay-hi-deployment-say-hi-1-e2c25b8b.yaml"
  try_template \
      "$namespace_3" "$kind_3" "$name_3" \
      "$here/patches/ns-touch-owned-deployment-touch-owned-2-37b552ce.json" \
      'old/$(touch owned)'
  try_template \
      "$namespace_4" "$kind_4" "$name_4" \
      "$here/patches/ns-touch-owned-deployment-touch-owned-3-871f8e6e.json" \
      'old/`touch owned`'
  try_manifest \
      "$namespace_4" "$kind_4" "$name_4" \
      "$here/patches/ns-touch-owned-deployment-touch-owned-3-871f8e6e.json" \
      "$here/manifests/ns-touch-owned-deployment-touch-owned-3-871f8e6e.yaml"
  try_template \
      "$namespace_5" "$kind_5" "$name_5" \
      "$here/patches/nsa-b-c-deployment-a-b-c4-4763b3d8.json" \
      'old/a b  c'
  try_template \
      "$namespace_6" "$kind_6" "$name_6" \
      "$here/patches/nsline-break-deployment-line-break5-85c3f603.json" \
      $'old/line\x0abreak'
  try_manifest \
      "$namespace_6" "$kind_6" "$name_6" \
      "$here/patches/nsline-break-deployment-line-break5-85c3f603.json" \
      "$here/manifests/nsline-break-deployment-line-break5-85c3f603.yaml"
  try_template \
      "$namespace_7" "$kind_7" "$name_7" \
      "$here/patches/nstab-bed-deployment-tab-bed6-8c340095.json" \
      $'old/tab\x09bed'
  try_template \
      "$namespace_8" "$kind_8" "$name_8" \
      "$here/patches/ns-rf.deployment.-rf7.json" \
      'old/-rf'
  try_manifest \
      "$namespace_8" "$kind_8" "$name_8" \
      "$here/patches/ns-rf.deployment.-rf7.json" \
      "$here/manifests/ns-rf.deployment.-rf7.yaml"
  try_template \
      "$namespace_9" "$kind_9" "$name_9" \
      "$here/patches/ns-output-json-deployment-output-json8-0ebb5a62.json" \
      'old/--output=json'
  try_template \
      "$namespace_10" "$kind_10" "$name_10" \
      "$here/patches/nseof-deployment-eof9-6d00ab8c.json" \
      'old/EOF'
  try_manifest \
      "$namespace_10" "$kind_10" "$name_10" \
      "$here/patches/nseof-deployment-eof9-6d00ab8c.json" \
      "$here/manifests/nseof-deployment-eof9-6d00ab8c.yaml"
  try_template \
      "$namespace_11" "$kind_11" "$name_11" \
      "$here/patches/nspoolshift-end-deployment-poolshift-end10-891e2b5b.json" \
      'old/POOLSHIFT_END'
  try_template \
      "$namespace_12" "$kind_12" "$name_12" \
      "$here/patches/nsback-slash-deployment-back-slash11-d9b20ff6.json" \
      'old/back\slash'
  try_manifest \
      "$namespace_12" "$kind_12" "$name_12" \
      "$here/patches/nsback-slash-deployment-back-slash11-d9b20ff6.json" \
      "$here/manifests/nsback-slash-deployment-back-slash11-d9b20ff6.yaml"
  try_template \
      "$namespace_13" "$kind_13" "$name_13" \
      "$here/patches/ns-home-ifs-1-deployment-home-ifs-112-41d180c0.json" \
      'old/$HOME ${IFS} $1'
  try_template \
      "$namespace_14" "$kind_14" "$name_14" \
      "$here/patches/ns-a-z-1-2-deployment-a-z-1-2-13-5704b0a5.json" \
      'old/*?[a-z]{1,2}'
  try_manifest \
      "$namespace_14" "$kind_14" "$name_14" \
      "$here/patches/ns-a-z-1-2-deployment-a-z-1-2-13-5704b0a5.json" \
      "$here/manifests/ns-a-z-1-2-deployment-a-z-1-2-13-5704b0a5.yaml"
  try_template \
      "$namespace_15" "$kind_15" "$name_15" \
      "$here/patches/ns-touch-owned-deployment-touch-owned-14-7a37db2e.json" \
      'old/; touch owned;'
  try_template \
      "$namespace_16" "$kind_16" "$name_16" \
      "$here/patches/ns-tee-owned-deployment-tee-owned15-6006bf95.json" \
      'old/| tee owned'
  try_manifest \
      "$namespace_16" "$kind_16" "$name_16" \
      "$here/patches/ns-tee-owned-deployment-tee-owned15-6006bf95.json" \
      "$here/manifests/ns-tee-owned-deployment-tee-owned15-6006bf95.yaml"
  try_template \
      "$namespace_17" "$kind_17" "$name_17" \
      "$here/patches/ns-touch-owned-deployment-touch-owned16-70729413.json" \
      'old/&& touch owned'
  try_template \
      "$namespace_18" "$kind_18" "$name_18" \
      "$here/patches/ns-no-comment-deployment-no-comment17-7257869c.json" \
      'old/# no comment'
  try_manifest \
      "$namespace_18" "$kind_18" "$name_18" \
      "$here/patches/ns-no-comment-deployment-no-comment17-7257869c.json" \
      "$here/manifests/ns-no-comment-deployment-no-comment17-7257869c.yaml"
  try_template \
      "$namespace_19" "$kind_19" "$name_19" \
      "$here/patches/ns-history-deployment-history18-8928c8e3.json" \
      'old/!history'
  try_template \
      "$namespace_20" "$kind_20" "$name_20" \
      "$here/patches/ns-root-deployment-root19-dee10650.json" \
      'old/~root'
  try_manifest \
      "$namespace_20" "$kind_20" "$name_20" \
      "$here/patches/ns-root-deployment-root19-dee10650.json" \
      "$here/manifests/ns-root-deployment-root19-dee10650.yaml"
  try_template \
      "$namespace_21" "$kind_21" "$name_21" \
      "$here/patches/nsgr-e-deployment-gr-e-20-0e65231e.json" \
      'old/größe-漢字-🚢'
  try_template \
      "$namespace_22" "$kind_22" "$name_22" \
      "$here/patches/ns-gnp-deployment-gnp21-4d3babd8.json" \
      $'old/\xe2\x80\xaegnp'
  try_manifest \
      "$namespace_22" "$kind_22" "$name_22" \
      "$here/patches/ns-gnp-deployment-gnp21-4d3babd8.json" \
      "$here/manifests/ns-gnp-deployment-gnp21-4d3babd8.yaml"
  try_template \
      "$namespace_23" "$kind_23" "$name_23" \
      "$here/patches/ns-b-amp-b-deployment-b-amp-b-22-164298d4.json" \
      'old/<b>&amp;</b>'
  try_template \
      "$namespace_24" "$kind_24" "$name_24" \
      "$here/patches/ns-x-javascript-alert-deployment-x-javascript-alert-23-72bce431.json" \
      'old/[x](javascript:alert)'
  try_manifest \
      "$namespace_24" "$kind_24" "$name_24" \
      "$here/patches/ns-x-javascript-alert-deployment-x-javascript-alert-23-72bce431.json" \
      "$here/manifests/ns-x-javascript-alert-deployment-x-javascript-alert-23-72bce431.yaml"
  try_template \
      "$namespace_25" "$kind_25" "$name_25" \
      "$here/patches/ns-s-n-d-deployment-s-n-d24-fd3d6eea.json" \
      'old/%s%n%d'
  try_template \
      "$namespace_26" "$kind_26" "$name_26" \
      "$here/patches/ns-owned-deployment-owned25-52ccd3af.json" \
      'old/@owned'
  try_manifest \
      "$namespace_26" "$kind_26" "$name_26" \
      "$here/patches/ns-owned-deployment-owned25-52ccd3af.json" \
      "$here/manifests/ns-owned-deployment-owned25-52ccd3af.yaml"
  check_manifest \
      '$(touch owned)' \
      '$(touch owned)/Service/EOF' \
      "$here/manifests/touch-owned-service-eof-52a7019e.other.yaml"
}

# 2. features: features that the target asks for
# nothing to do: Windows2022 needs no feature registration
step_2() {
  say '  nothing to do: Windows2022 needs no feature registration'
}

# 3. hold: hold autoscaler and auto-upgrade
# nothing to do: no autoscaler and no auto-upgrade channel is on
step_3() {
  say '  nothing to do: no autoscaler and no auto-upgrade channel is on'
}

# 4. control-plane: the control plane is new enough for the target
# nothing to do: it is new enough
step_4() {
  say '  nothing to do: it is new enough'
}

# 5. create-poolws: create poolws: Windows2022, 3 nodes of Standard_D2s_v3
# expected 5 min 5 s; can be taken back
step_5() {
  create_pool "$blue_1" "$green_1" "$count_1" "$owner_1" add_pool_1
  wait_for_pool "$green_1"
}

# 5. create-poolws: takes step 5 back
undo_5() {
  leave_load_balancers "$green_1" '60'
  check_empty "$green_1"
  delete_pool "$green_1" "$owner_1" ours
}

# 6. ready-poolws: all nodes of poolws are Ready and their DaemonSet pods run
# expected 5 min 32 s; can be taken back
step_6() {
  wait_for_nodes "$green_1" "$build_1"
}

# 7. identity-poolws: 0 identities of wspool's scale set on poolws's
# nothing to do: the scale set of wspool has no identities of its own
step_7() {
  say '  nothing to do: the scale set of wspool has no identities of its own'
}

# 8. pre-pull-poolws: pull 1 new image on poolws and start each once
# expected 3 min 18 s; can be taken back
step_8() {
  if is_retargeted \
      "$namespace_1" "$kind_1" "$name_1" \
      "$here/patches/nsit-s-deployment-it-s0-b68ca0c9.json" &&
      is_retargeted \
      "$namespace_2" "$kind_2" "$name_2" \
      "$here/patches/nssay-hi-deployment-say-hi-1-e2c25b8b.json" &&
      is_retargeted \
      "$namespace_3" "$kind_3" "$name_3" \
      "$here/patches/ns-touch-owned-deployment-touch-owned-2-37b552ce.json" &&
      is_retargeted \
      "$namespace_4" "$kind_4" "$name_4" \
      "$here/patches/ns-touch-owned-deployment-touch-owned-3-871f8e6e.json" &&
      is_retargeted \
      "$namespace_5" "$kind_5" "$name_5" \
      "$here/patches/nsa-b-c-deployment-a-b-c4-4763b3d8.json" &&
      is_retargeted \
      "$namespace_6" "$kind_6" "$name_6" \
      "$here/patches/nsline-break-deployment-line-break5-85c3f603.json" &&
      is_retargeted \
      "$namespace_7" "$kind_7" "$name_7" \
      "$here/patches/nstab-bed-deployment-tab-bed6-8c340095.json" &&
      is_retargeted "$namespace_8" "$kind_8" "$name_8" "$here/patches/ns-rf.deployment.-rf7.json" &&
      is_retargeted \
      "$namespace_9" "$kind_9" "$name_9" \
      "$here/patches/ns-output-json-deployment-output-json8-0ebb5a62.json" &&
      is_retargeted \
      "$namespace_10" "$kind_10" "$name_10" \
      "$here/patches/nseof-deployment-eof9-6d00ab8c.json" &&
      is_retargeted \
      "$namespace_11" "$kind_11" "$name_11" \
      "$here/patches/nspoolshift-end-deployment-poolshift-end10-891e2b5b.json" &&
      is_retargeted \
      "$namespace_12" "$kind_12" "$name_12" \
      "$here/patches/nsback-slash-deployment-back-slash11-d9b20ff6.json" &&
      is_retargeted \
      "$namespace_13" "$kind_13" "$name_13" \
      "$here/patches/ns-home-ifs-1-deployment-home-ifs-112-41d180c0.json" &&
      is_retargeted \
      "$namespace_14" "$kind_14" "$name_14" \
      "$here/patches/ns-a-z-1-2-deployment-a-z-1-2-13-5704b0a5.json" &&
      is_retargeted \
      "$namespace_15" "$kind_15" "$name_15" \
      "$here/patches/ns-touch-owned-deployment-touch-owned-14-7a37db2e.json" &&
      is_retargeted \
      "$namespace_16" "$kind_16" "$name_16" \
      "$here/patches/ns-tee-owned-deployment-tee-owned15-6006bf95.json" &&
      is_retargeted \
      "$namespace_17" "$kind_17" "$name_17" \
      "$here/patches/ns-touch-owned-deployment-touch-owned16-70729413.json" &&
      is_retargeted \
      "$namespace_18" "$kind_18" "$name_18" \
      "$here/patches/ns-no-comment-deployment-no-comment17-7257869c.json" &&
      is_retargeted \
      "$namespace_19" "$kind_19" "$name_19" \
      "$here/patches/ns-history-deployment-history18-8928c8e3.json" &&
      is_retargeted \
      "$namespace_20" "$kind_20" "$name_20" \
      "$here/patches/ns-root-deployment-root19-dee10650.json" &&
      is_retargeted \
      "$namespace_21" "$kind_21" "$name_21" \
      "$here/patches/nsgr-e-deployment-gr-e-20-0e65231e.json" &&
      is_retargeted \
      "$namespace_22" "$kind_22" "$name_22" \
      "$here/patches/ns-gnp-deployment-gnp21-4d3babd8.json" &&
      is_retargeted \
      "$namespace_23" "$kind_23" "$name_23" \
      "$here/patches/ns-b-amp-b-deployment-b-amp-b-22-164298d4.json" &&
      is_retargeted \
      "$namespace_24" "$kind_24" "$name_24" \
      "$here/patches/ns-x-javascript-alert-deployment-x-javascript-alert-23-72bce431.json" &&
      is_retargeted \
      "$namespace_25" "$kind_25" "$name_25" \
      "$here/patches/ns-s-n-d-deployment-s-n-d24-fd3d6eea.json" &&
      is_retargeted \
      "$namespace_26" "$kind_26" "$name_26" \
      "$here/patches/ns-owned-deployment-owned25-52ccd3af.json"; then
    already 'every template is changed'
    return
  fi
  pull_images "$green_1" poolshift-prepull-9c711ac9 'nsit'\''s' "$here/manifests/pull-poolws-nsit-s-0b241d03.json" 'nssay "hi"' "$here/manifests/pull-poolws-nssay-hi-4f2eecb4.json" 'ns$(touch owned)' "$here/manifests/pull-poolws-ns-touch-owned-98fe1edc.json" 'ns`touch owned`' "$here/manifests/pull-poolws-ns-touch-owned-c22e3880.json" 'nsa b  c' "$here/manifests/pull-poolws-nsa-b-c-f265a0be.json" $'nsline\x0abreak' "$here/manifests/pull-poolws-nsline-break-803444d2.json" $'nstab\x09bed' "$here/manifests/pull-poolws-nstab-bed-c794fea5.json" 'ns-rf' "$here/manifests/pull-poolws-ns-rf.json" 'ns--output=json' "$here/manifests/pull-poolws-ns-output-json-b1659eb3.json" 'nsEOF' "$here/manifests/pull-poolws-nseof-c55b03a0.json" 'nsPOOLSHIFT_END' "$here/manifests/pull-poolws-nspoolshift-end-e6ecc96f.json" 'nsback\slash' "$here/manifests/pull-poolws-nsback-slash-6d8084fe.json" 'ns$HOME ${IFS} $1' "$here/manifests/pull-poolws-ns-home-ifs-1-037008a4.json" 'ns*?[a-z]{1,2}' "$here/manifests/pull-poolws-ns-a-z-1-2-e436fe0f.json" 'ns; touch owned;' "$here/manifests/pull-poolws-ns-touch-owned-49d65234.json" 'ns| tee owned' "$here/manifests/pull-poolws-ns-tee-owned-ab236a46.json" 'ns&& touch owned' "$here/manifests/pull-poolws-ns-touch-owned-592119b9.json" 'ns# no comment' "$here/manifests/pull-poolws-ns-no-comment-d7b1ea2a.json" 'ns!history' "$here/manifests/pull-poolws-ns-history-e9af6e19.json" 'ns~root' "$here/manifests/pull-poolws-ns-root-e56e2fed.json" 'nsgröße-漢字-🚢' "$here/manifests/pull-poolws-nsgr-e-f05e5f55.json" $'ns\xe2\x80\xaegnp' "$here/manifests/pull-poolws-ns-gnp-313a1d99.json" 'ns<b>&amp;<-b>' "$here/manifests/pull-poolws-ns-b-amp-b-a6129537.json" 'ns[x](javascript:alert)' "$here/manifests/pull-poolws-ns-x-javascript-alert-fea56cd0.json" 'ns%s%n%d' "$here/manifests/pull-poolws-ns-s-n-d-bf0263a7.json" 'ns@owned' "$here/manifests/pull-poolws-ns-owned-99407017.json"
}

# 8. pre-pull-poolws: takes step 8 back
undo_8() {
  remove_helpers poolshift-prepull-9c711ac9 'nsit'\''s' 'nssay "hi"' 'ns$(touch owned)' 'ns`touch owned`' 'nsa b  c' $'nsline\x0abreak' $'nstab\x09bed' 'ns-rf' 'ns--output=json' 'nsEOF' 'nsPOOLSHIFT_END' 'nsback\slash' 'ns$HOME ${IFS} $1' 'ns*?[a-z]{1,2}' 'ns; touch owned;' 'ns| tee owned' 'ns&& touch owned' 'ns# no comment' 'ns!history' 'ns~root' 'nsgröße-漢字-🚢' $'ns\xe2\x80\xaegnp' 'ns<b>&amp;<-b>' 'ns[x](javascript:alert)' 'ns%s%n%d' 'ns@owned'
}

# 9. canary-0: one pod of nsit's/Deployment/it's0
# expected 15 min 30 s; can be taken back
step_9() {
  canary \
      "$namespace_1" "$kind_1" "$name_1" \
      "$here/patches/nsit-s-deployment-it-s0-b68ca0c9.json" \
      "$here/patches/nsit-s-deployment-it-s0-b68ca0c9.held.json" \
      "$seconds_9"
}

# 9. canary-0: takes step 9 back
undo_9() {
  restore_template \
      "$namespace_1" "$kind_1" "$name_1" \
      "$here/patches/nsit-s-deployment-it-s0-b68ca0c9.back.json"
}

# 10. canary-1: one pod of nssay "hi"/Deployment/say "hi"1
# expected 15 min 30 s; can be taken back
step_10() {
  canary \
      "$namespace_2" "$kind_2" "$name_2" \
      "$here/patches/nssay-hi-deployment-say-hi-1-e2c25b8b.json" \
      "$here/patches/nssay-hi-deployment-say-hi-1-e2c25b8b.held.json" \
      "$seconds_10"
}

# 10. canary-1: takes step 10 back
undo_10() {
  restore_template \
      "$namespace_2" "$kind_2" "$name_2" \
      "$here/patches/nssay-hi-deployment-say-hi-1-e2c25b8b.back.json"
}

# 11. canary-2: one pod of ns$(touch owned)/Deployment/$(touch owned)2
# expected 15 min 30 s; can be taken back
step_11() {
  canary \
      "$namespace_3" "$kind_3" "$name_3" \
      "$here/patches/ns-touch-owned-deployment-touch-owned-2-37b552ce.json" \
      "$here/patches/ns-touch-owned-deployment-touch-owned-2-37b552ce.held.json" \
      "$seconds_11"
}

# 11. canary-2: takes step 11 back
undo_11() {
  restore_template \
      "$namespace_3" "$kind_3" "$name_3" \
      "$here/patches/ns-touch-owned-deployment-touch-owned-2-37b552ce.back.json"
}

# 12. canary-3: one pod of ns`touch owned`/Deployment/`touch owned`3
# expected 15 min 30 s; can be taken back
step_12() {
  canary \
      "$namespace_4" "$kind_4" "$name_4" \
      "$here/patches/ns-touch-owned-deployment-touch-owned-3-871f8e6e.json" \
      "$here/patches/ns-touch-owned-deployment-touch-owned-3-871f8e6e.held.json" \
      "$seconds_12"
}

# 12. canary-3: takes step 12 back
undo_12() {
  restore_template \
      "$namespace_4" "$kind_4" "$name_4" \
      "$here/patches/ns-touch-owned-deployment-touch-owned-3-871f8e6e.back.json"
}

# 13. canary-4: one pod of nsa b c/Deployment/a b c4
# expected 15 min 30 s; can be taken back
step_13() {
  canary \
      "$namespace_5" "$kind_5" "$name_5" \
      "$here/patches/nsa-b-c-deployment-a-b-c4-4763b3d8.json" \
      "$here/patches/nsa-b-c-deployment-a-b-c4-4763b3d8.held.json" \
      "$seconds_13"
}

# 13. canary-4: takes step 13 back
undo_13() {
  restore_template \
      "$namespace_5" "$kind_5" "$name_5" \
      "$here/patches/nsa-b-c-deployment-a-b-c4-4763b3d8.back.json"
}

# 14. canary-5: one pod of nsline break/Deployment/line break5
# expected 15 min 30 s; can be taken back
step_14() {
  canary \
      "$namespace_6" "$kind_6" "$name_6" \
      "$here/patches/nsline-break-deployment-line-break5-85c3f603.json" \
      "$here/patches/nsline-break-deployment-line-break5-85c3f603.held.json" \
      "$seconds_14"
}

# 14. canary-5: takes step 14 back
undo_14() {
  restore_template \
      "$namespace_6" "$kind_6" "$name_6" \
      "$here/patches/nsline-break-deployment-line-break5-85c3f603.back.json"
}

# 15. canary-6: one pod of nstab bed/Deployment/tab bed6
# expected 15 min 30 s; can be taken back
step_15() {
  canary \
      "$namespace_7" "$kind_7" "$name_7" \
      "$here/patches/nstab-bed-deployment-tab-bed6-8c340095.json" \
      "$here/patches/nstab-bed-deployment-tab-bed6-8c340095.held.json" \
      "$seconds_15"
}

# 15. canary-6: takes step 15 back
undo_15() {
  restore_template \
      "$namespace_7" "$kind_7" "$name_7" \
      "$here/patches/nstab-bed-deployment-tab-bed6-8c340095.back.json"
}

# 16. canary-7: one pod of ns-rf/Deployment/-rf7
# expected 15 min 30 s; can be taken back
step_16() {
  canary \
      "$namespace_8" "$kind_8" "$name_8" \
      "$here/patches/ns-rf.deployment.-rf7.json" \
      "$here/patches/ns-rf.deployment.-rf7.held.json" \
      "$seconds_16"
}

# 16. canary-7: takes step 16 back
undo_16() {
  restore_template \
      "$namespace_8" "$kind_8" "$name_8" \
      "$here/patches/ns-rf.deployment.-rf7.back.json"
}

# 17. canary-8: one pod of ns--output=json/Deployment/--output=json8
# expected 15 min 30 s; can be taken back
step_17() {
  canary \
      "$namespace_9" "$kind_9" "$name_9" \
      "$here/patches/ns-output-json-deployment-output-json8-0ebb5a62.json" \
      "$here/patches/ns-output-json-deployment-output-json8-0ebb5a62.held.json" \
      "$seconds_17"
}

# 17. canary-8: takes step 17 back
undo_17() {
  restore_template \
      "$namespace_9" "$kind_9" "$name_9" \
      "$here/patches/ns-output-json-deployment-output-json8-0ebb5a62.back.json"
}

# 18. canary-9: one pod of nsEOF/Deployment/EOF9
# expected 15 min 30 s; can be taken back
step_18() {
  canary \
      "$namespace_10" "$kind_10" "$name_10" \
      "$here/patches/nseof-deployment-eof9-6d00ab8c.json" \
      "$here/patches/nseof-deployment-eof9-6d00ab8c.held.json" \
      "$seconds_18"
}

# 18. canary-9: takes step 18 back
undo_18() {
  restore_template \
      "$namespace_10" "$kind_10" "$name_10" \
      "$here/patches/nseof-deployment-eof9-6d00ab8c.back.json"
}

# 19. canary-10: one pod of nsPOOLSHIFT_END/Deployment/POOLSHIFT_END10
# expected 15 min 30 s; can be taken back
step_19() {
  canary \
      "$namespace_11" "$kind_11" "$name_11" \
      "$here/patches/nspoolshift-end-deployment-poolshift-end10-891e2b5b.json" \
      "$here/patches/nspoolshift-end-deployment-poolshift-end10-891e2b5b.held.json" \
      "$seconds_19"
}

# 19. canary-10: takes step 19 back
undo_19() {
  restore_template \
      "$namespace_11" "$kind_11" "$name_11" \
      "$here/patches/nspoolshift-end-deployment-poolshift-end10-891e2b5b.back.json"
}

# 20. canary-11: one pod of nsback\slash/Deployment/back\slash11
# expected 15 min 30 s; can be taken back
step_20() {
  canary \
      "$namespace_12" "$kind_12" "$name_12" \
      "$here/patches/nsback-slash-deployment-back-slash11-d9b20ff6.json" \
      "$here/patches/nsback-slash-deployment-back-slash11-d9b20ff6.held.json" \
      "$seconds_20"
}

# 20. canary-11: takes step 20 back
undo_20() {
  restore_template \
      "$namespace_12" "$kind_12" "$name_12" \
      "$here/patches/nsback-slash-deployment-back-slash11-d9b20ff6.back.json"
}

# 21. canary-12: one pod of ns$HOME ${IFS} $1/Deployment/$HOME ${IFS} $112
# expected 15 min 30 s; can be taken back
step_21() {
  canary \
      "$namespace_13" "$kind_13" "$name_13" \
      "$here/patches/ns-home-ifs-1-deployment-home-ifs-112-41d180c0.json" \
      "$here/patches/ns-home-ifs-1-deployment-home-ifs-112-41d180c0.held.json" \
      "$seconds_21"
}

# 21. canary-12: takes step 21 back
undo_21() {
  restore_template \
      "$namespace_13" "$kind_13" "$name_13" \
      "$here/patches/ns-home-ifs-1-deployment-home-ifs-112-41d180c0.back.json"
}

# 22. canary-13: one pod of ns*?[a-z]{1,2}/Deployment/*?[a-z]{1,2}13
# expected 15 min 30 s; can be taken back
step_22() {
  canary \
      "$namespace_14" "$kind_14" "$name_14" \
      "$here/patches/ns-a-z-1-2-deployment-a-z-1-2-13-5704b0a5.json" \
      "$here/patches/ns-a-z-1-2-deployment-a-z-1-2-13-5704b0a5.held.json" \
      "$seconds_22"
}

# 22. canary-13: takes step 22 back
undo_22() {
  restore_template \
      "$namespace_14" "$kind_14" "$name_14" \
      "$here/patches/ns-a-z-1-2-deployment-a-z-1-2-13-5704b0a5.back.json"
}

# 23. canary-14: one pod of ns; touch owned;/Deployment/; touch owned;14
# expected 15 min 30 s; can be taken back
step_23() {
  canary \
      "$namespace_15" "$kind_15" "$name_15" \
      "$here/patches/ns-touch-owned-deployment-touch-owned-14-7a37db2e.json" \
      "$here/patches/ns-touch-owned-deployment-touch-owned-14-7a37db2e.held.json" \
      "$seconds_23"
}

# 23. canary-14: takes step 23 back
undo_23() {
  restore_template \
      "$namespace_15" "$kind_15" "$name_15" \
      "$here/patches/ns-touch-owned-deployment-touch-owned-14-7a37db2e.back.json"
}

# 24. canary-15: one pod of ns| tee owned/Deployment/| tee owned15
# expected 15 min 30 s; can be taken back
step_24() {
  canary \
      "$namespace_16" "$kind_16" "$name_16" \
      "$here/patches/ns-tee-owned-deployment-tee-owned15-6006bf95.json" \
      "$here/patches/ns-tee-owned-deployment-tee-owned15-6006bf95.held.json" \
      "$seconds_24"
}

# 24. canary-15: takes step 24 back
undo_24() {
  restore_template \
      "$namespace_16" "$kind_16" "$name_16" \
      "$here/patches/ns-tee-owned-deployment-tee-owned15-6006bf95.back.json"
}

# 25. canary-16: one pod of ns&& touch owned/Deployment/&& touch owned16
# expected 15 min 30 s; can be taken back
step_25() {
  canary \
      "$namespace_17" "$kind_17" "$name_17" \
      "$here/patches/ns-touch-owned-deployment-touch-owned16-70729413.json" \
      "$here/patches/ns-touch-owned-deployment-touch-owned16-70729413.held.json" \
      "$seconds_25"
}

# 25. canary-16: takes step 25 back
undo_25() {
  restore_template \
      "$namespace_17" "$kind_17" "$name_17" \
      "$here/patches/ns-touch-owned-deployment-touch-owned16-70729413.back.json"
}

# 26. canary-17: one pod of ns# no comment/Deployment/# no comment17
# expected 15 min 30 s; can be taken back
step_26() {
  canary \
      "$namespace_18" "$kind_18" "$name_18" \
      "$here/patches/ns-no-comment-deployment-no-comment17-7257869c.json" \
      "$here/patches/ns-no-comment-deployment-no-comment17-7257869c.held.json" \
      "$seconds_26"
}

# 26. canary-17: takes step 26 back
undo_26() {
  restore_template \
      "$namespace_18" "$kind_18" "$name_18" \
      "$here/patches/ns-no-comment-deployment-no-comment17-7257869c.back.json"
}

# 27. canary-18: one pod of ns!history/Deployment/!history18
# expected 15 min 30 s; can be taken back
step_27() {
  canary \
      "$namespace_19" "$kind_19" "$name_19" \
      "$here/patches/ns-history-deployment-history18-8928c8e3.json" \
      "$here/patches/ns-history-deployment-history18-8928c8e3.held.json" \
      "$seconds_27"
}

# 27. canary-18: takes step 27 back
undo_27() {
  restore_template \
      "$namespace_19" "$kind_19" "$name_19" \
      "$here/patches/ns-history-deployment-history18-8928c8e3.back.json"
}

# 28. canary-19: one pod of ns~root/Deployment/~root19
# expected 15 min 30 s; can be taken back
step_28() {
  canary \
      "$namespace_20" "$kind_20" "$name_20" \
      "$here/patches/ns-root-deployment-root19-dee10650.json" \
      "$here/patches/ns-root-deployment-root19-dee10650.held.json" \
      "$seconds_28"
}

# 28. canary-19: takes step 28 back
undo_28() {
  restore_template \
      "$namespace_20" "$kind_20" "$name_20" \
      "$here/patches/ns-root-deployment-root19-dee10650.back.json"
}

# 29. canary-20: one pod of nsgröße-漢字-🚢/Deployment/größe-漢字-🚢20
# expected 15 min 30 s; can be taken back
step_29() {
  canary \
      "$namespace_21" "$kind_21" "$name_21" \
      "$here/patches/nsgr-e-deployment-gr-e-20-0e65231e.json" \
      "$here/patches/nsgr-e-deployment-gr-e-20-0e65231e.held.json" \
      "$seconds_29"
}

# 29. canary-20: takes step 29 back
undo_29() {
  restore_template \
      "$namespace_21" "$kind_21" "$name_21" \
      "$here/patches/nsgr-e-deployment-gr-e-20-0e65231e.back.json"
}

# 30. canary-21: one pod of ns\x202egnp/Deployment/\x202egnp21
# expected 15 min 30 s; can be taken back
step_30() {
  canary \
      "$namespace_22" "$kind_22" "$name_22" \
      "$here/patches/ns-gnp-deployment-gnp21-4d3babd8.json" \
      "$here/patches/ns-gnp-deployment-gnp21-4d3babd8.held.json" \
      "$seconds_30"
}

# 30. canary-21: takes step 30 back
undo_30() {
  restore_template \
      "$namespace_22" "$kind_22" "$name_22" \
      "$here/patches/ns-gnp-deployment-gnp21-4d3babd8.back.json"
}

# 31. canary-22: one pod of ns<b>&amp;<-b>/Deployment/<b>&amp;<-b>22
# expected 15 min 30 s; can be taken back
step_31() {
  canary \
      "$namespace_23" "$kind_23" "$name_23" \
      "$here/patches/ns-b-amp-b-deployment-b-amp-b-22-164298d4.json" \
      "$here/patches/ns-b-amp-b-deployment-b-amp-b-22-164298d4.held.json" \
      "$seconds_31"
}

# 31. canary-22: takes step 31 back
undo_31() {
  restore_template \
      "$namespace_23" "$kind_23" "$name_23" \
      "$here/patches/ns-b-amp-b-deployment-b-amp-b-22-164298d4.back.json"
}

# 32. canary-23: one pod of ns[x](javascript:alert)/Deployment/[x](javascript:alert)23
# expected 15 min 30 s; can be taken back
step_32() {
  canary \
      "$namespace_24" "$kind_24" "$name_24" \
      "$here/patches/ns-x-javascript-alert-deployment-x-javascript-alert-23-72bce431.json" \
      "$here/patches/ns-x-javascript-alert-deployment-x-javascript-alert-23-72bce431.held.json" \
      "$seconds_32"
}

# 32. canary-23: takes step 32 back
undo_32() {
  restore_template \
      "$namespace_24" "$kind_24" "$name_24" \
      "$here/patches/ns-x-javascript-alert-deployment-x-javascript-alert-23-72bce431.back.json"
}

# 33. canary-24: one pod of ns%s%n%d/Deployment/%s%n%d24
# expected 15 min 30 s; can be taken back
step_33() {
  canary \
      "$namespace_25" "$kind_25" "$name_25" \
      "$here/patches/ns-s-n-d-deployment-s-n-d24-fd3d6eea.json" \
      "$here/patches/ns-s-n-d-deployment-s-n-d24-fd3d6eea.held.json" \
      "$seconds_33"
}

# 33. canary-24: takes step 33 back
undo_33() {
  restore_template \
      "$namespace_25" "$kind_25" "$name_25" \
      "$here/patches/ns-s-n-d-deployment-s-n-d24-fd3d6eea.back.json"
}

# 34. canary-25: one pod of ns@owned/Deployment/@owned25
# expected 15 min 30 s; can be taken back
step_34() {
  canary \
      "$namespace_26" "$kind_26" "$name_26" \
      "$here/patches/ns-owned-deployment-owned25-52ccd3af.json" \
      "$here/patches/ns-owned-deployment-owned25-52ccd3af.held.json" \
      "$seconds_34"
}

# 34. canary-25: takes step 34 back
undo_34() {
  restore_template \
      "$namespace_26" "$kind_26" "$name_26" \
      "$here/patches/ns-owned-deployment-owned25-52ccd3af.back.json"
}

# 35. retarget-0-nsit's/Deployment/it's0: retarget: nsit's/Deployment/it's0
# expected 1 min 30 s; can be taken back
step_35() {
  retarget \
      "$namespace_1" "$kind_1" "$name_1" \
      "$here/patches/nsit-s-deployment-it-s0-b68ca0c9.json" \
      ''
}

# 35. retarget-0-nsit's/Deployment/it's0: takes step 35 back
undo_35() {
  restore_template \
      "$namespace_1" "$kind_1" "$name_1" \
      "$here/patches/nsit-s-deployment-it-s0-b68ca0c9.back.json"
}

# 36. retarget-1-nssay "hi"/Deployment/say "hi"1: retarget: nssay "hi"/Deployment/say "hi"1
# expected 1 min 30 s; can be taken back
step_36() {
  retarget \
      "$namespace_2" "$kind_2" "$name_2" \
      "$here/patches/nssay-hi-deployment-say-hi-1-e2c25b8b.json" \
      "$here/manifests/nssay-hi-deployment-say-hi-1-e2c25b8b.yaml"
}

# 36. retarget-1-nssay "hi"/Deployment/say "hi"1: takes step 36 back
undo_36() {
  restore_template \
      "$namespace_2" "$kind_2" "$name_2" \
      "$here/patches/nssay-hi-deployment-say-hi-1-e2c25b8b.back.json"
}

# 37. retarget-2-ns$(touch owned)/Deployment/$(touch owned)2: retarget: ns$(touch owned)/Deployment/$(touch owned)2
# expected 1 min 30 s; can be taken back
step_37() {
  retarget \
      "$namespace_3" "$kind_3" "$name_3" \
      "$here/patches/ns-touch-owned-deployment-touch-owned-2-37b552ce.json" \
      ''
}

# 37. retarget-2-ns$(touch owned)/Deployment/$(touch owned)2: takes step 37 back
undo_37() {
  restore_template \
      "$namespace_3" "$kind_3" "$name_3" \
      "$here/patches/ns-touch-owned-deployment-touch-owned-2-37b552ce.back.json"
}

# 38. retarget-3-ns`touch owned`/Deployment/`touch owned`3: retarget: ns`touch owned`/Deployment/`touch owned`3
# expected 1 min 30 s; can be taken back
step_38() {
  retarget \
      "$namespace_4" "$kind_4" "$name_4" \
      "$here/patches/ns-touch-owned-deployment-touch-owned-3-871f8e6e.json" \
      "$here/manifests/ns-touch-owned-deployment-touch-owned-3-871f8e6e.yaml"
}

# 38. retarget-3-ns`touch owned`/Deployment/`touch owned`3: takes step 38 back
undo_38() {
  restore_template \
      "$namespace_4" "$kind_4" "$name_4" \
      "$here/patches/ns-touch-owned-deployment-touch-owned-3-871f8e6e.back.json"
}

# 39. retarget-4-nsa b c/Deployment/a b c4: retarget: nsa b c/Deployment/a b c4
# expected 1 min 30 s; can be taken back
step_39() {
  retarget \
      "$namespace_5" "$kind_5" "$name_5" \
      "$here/patches/nsa-b-c-deployment-a-b-c4-4763b3d8.json" \
      ''
}

# 39. retarget-4-nsa b c/Deployment/a b c4: takes step 39 back
undo_39() {
  restore_template \
      "$namespace_5" "$kind_5" "$name_5" \
      "$here/patches/nsa-b-c-deployment-a-b-c4-4763b3d8.back.json"
}

# 40. retarget-5-nsline break/Deployment/line break5: retarget: nsline break/Deployment/line break5
# expected 1 min 30 s; can be taken back
step_40() {
  retarget \
      "$namespace_6" "$kind_6" "$name_6" \
      "$here/patches/nsline-break-deployment-line-break5-85c3f603.json" \
      "$here/manifests/nsline-break-deployment-line-break5-85c3f603.yaml"
}

# 40. retarget-5-nsline break/Deployment/line break5: takes step 40 back
undo_40() {
  restore_template \
      "$namespace_6" "$kind_6" "$name_6" \
      "$here/patches/nsline-break-deployment-line-break5-85c3f603.back.json"
}

# 41. retarget-6-nstab bed/Deployment/tab bed6: retarget: nstab bed/Deployment/tab bed6
# expected 1 min 30 s; can be taken back
step_41() {
  retarget \
      "$namespace_7" "$kind_7" "$name_7" \
      "$here/patches/nstab-bed-deployment-tab-bed6-8c340095.json" \
      ''
}

# 41. retarget-6-nstab bed/Deployment/tab bed6: takes step 41 back
undo_41() {
  restore_template \
      "$namespace_7" "$kind_7" "$name_7" \
      "$here/patches/nstab-bed-deployment-tab-bed6-8c340095.back.json"
}

# 42. retarget-7-ns-rf/Deployment/-rf7: retarget: ns-rf/Deployment/-rf7
# expected 1 min 30 s; can be taken back
step_42() {
  retarget \
      "$namespace_8" "$kind_8" "$name_8" \
      "$here/patches/ns-rf.deployment.-rf7.json" \
      "$here/manifests/ns-rf.deployment.-rf7.yaml"
}

# 42. retarget-7-ns-rf/Deployment/-rf7: takes step 42 back
undo_42() {
  restore_template \
      "$namespace_8" "$kind_8" "$name_8" \
      "$here/patches/ns-rf.deployment.-rf7.back.json"
}

# 43. retarget-8-ns--output=json/Deployment/--output=json8: retarget: ns--output=json/Deployment/--output=json8
# expected 1 min 30 s; can be taken back
step_43() {
  retarget \
      "$namespace_9" "$kind_9" "$name_9" \
      "$here/patches/ns-output-json-deployment-output-json8-0ebb5a62.json" \
      ''
}

# 43. retarget-8-ns--output=json/Deployment/--output=json8: takes step 43 back
undo_43() {
  restore_template \
      "$namespace_9" "$kind_9" "$name_9" \
      "$here/patches/ns-output-json-deployment-output-json8-0ebb5a62.back.json"
}

# 44. retarget-9-nsEOF/Deployment/EOF9: retarget: nsEOF/Deployment/EOF9
# expected 1 min 30 s; can be taken back
step_44() {
  retarget \
      "$namespace_10" "$kind_10" "$name_10" \
      "$here/patches/nseof-deployment-eof9-6d00ab8c.json" \
      "$here/manifests/nseof-deployment-eof9-6d00ab8c.yaml"
}

# 44. retarget-9-nsEOF/Deployment/EOF9: takes step 44 back
undo_44() {
  restore_template \
      "$namespace_10" "$kind_10" "$name_10" \
      "$here/patches/nseof-deployment-eof9-6d00ab8c.back.json"
}

# 45. retarget-10-nsPOOLSHIFT_END/Deployment/POOLSHIFT_END10: retarget: nsPOOLSHIFT_END/Deployment/POOLSHIFT_END10
# expected 1 min 30 s; can be taken back
step_45() {
  retarget \
      "$namespace_11" "$kind_11" "$name_11" \
      "$here/patches/nspoolshift-end-deployment-poolshift-end10-891e2b5b.json" \
      ''
}

# 45. retarget-10-nsPOOLSHIFT_END/Deployment/POOLSHIFT_END10: takes step 45 back
undo_45() {
  restore_template \
      "$namespace_11" "$kind_11" "$name_11" \
      "$here/patches/nspoolshift-end-deployment-poolshift-end10-891e2b5b.back.json"
}

# 46. retarget-11-nsback\slash/Deployment/back\slash11: retarget: nsback\slash/Deployment/back\slash11
# expected 1 min 30 s; can be taken back
step_46() {
  retarget \
      "$namespace_12" "$kind_12" "$name_12" \
      "$here/patches/nsback-slash-deployment-back-slash11-d9b20ff6.json" \
      "$here/manifests/nsback-slash-deployment-back-slash11-d9b20ff6.yaml"
}

# 46. retarget-11-nsback\slash/Deployment/back\slash11: takes step 46 back
undo_46() {
  restore_template \
      "$namespace_12" "$kind_12" "$name_12" \
      "$here/patches/nsback-slash-deployment-back-slash11-d9b20ff6.back.json"
}

# 47. retarget-12-ns$HOME ${IFS} $1/Deployment/$HOME ${IFS} $112: retarget: ns$HOME ${IFS} $1/Deployment/$HOME ${IFS} $112
# expected 1 min 30 s; can be taken back
step_47() {
  retarget \
      "$namespace_13" "$kind_13" "$name_13" \
      "$here/patches/ns-home-ifs-1-deployment-home-ifs-112-41d180c0.json" \
      ''
}

# 47. retarget-12-ns$HOME ${IFS} $1/Deployment/$HOME ${IFS} $112: takes step 47 back
undo_47() {
  restore_template \
      "$namespace_13" "$kind_13" "$name_13" \
      "$here/patches/ns-home-ifs-1-deployment-home-ifs-112-41d180c0.back.json"
}

# 48. retarget-13-ns*?[a-z]{1,2}/Deployment/*?[a-z]{1,2}13: retarget: ns*?[a-z]{1,2}/Deployment/*?[a-z]{1,2}13
# expected 1 min 30 s; can be taken back
step_48() {
  retarget \
      "$namespace_14" "$kind_14" "$name_14" \
      "$here/patches/ns-a-z-1-2-deployment-a-z-1-2-13-5704b0a5.json" \
      "$here/manifests/ns-a-z-1-2-deployment-a-z-1-2-13-5704b0a5.yaml"
}

# 48. retarget-13-ns*?[a-z]{1,2}/Deployment/*?[a-z]{1,2}13: takes step 48 back
undo_48() {
  restore_template \
      "$namespace_14" "$kind_14" "$name_14" \
      "$here/patches/ns-a-z-1-2-deployment-a-z-1-2-13-5704b0a5.back.json"
}

# 49. retarget-14-ns; touch owned;/Deployment/; touch owned;14: retarget: ns; touch owned;/Deployment/; touch owned;14
# expected 1 min 30 s; can be taken back
step_49() {
  retarget \
      "$namespace_15" "$kind_15" "$name_15" \
      "$here/patches/ns-touch-owned-deployment-touch-owned-14-7a37db2e.json" \
      ''
}

# 49. retarget-14-ns; touch owned;/Deployment/; touch owned;14: takes step 49 back
undo_49() {
  restore_template \
      "$namespace_15" "$kind_15" "$name_15" \
      "$here/patches/ns-touch-owned-deployment-touch-owned-14-7a37db2e.back.json"
}

# 50. retarget-15-ns| tee owned/Deployment/| tee owned15: retarget: ns| tee owned/Deployment/| tee owned15
# expected 1 min 30 s; can be taken back
step_50() {
  retarget \
      "$namespace_16" "$kind_16" "$name_16" \
      "$here/patches/ns-tee-owned-deployment-tee-owned15-6006bf95.json" \
      "$here/manifests/ns-tee-owned-deployment-tee-owned15-6006bf95.yaml"
}

# 50. retarget-15-ns| tee owned/Deployment/| tee owned15: takes step 50 back
undo_50() {
  restore_template \
      "$namespace_16" "$kind_16" "$name_16" \
      "$here/patches/ns-tee-owned-deployment-tee-owned15-6006bf95.back.json"
}

# 51. retarget-16-ns&& touch owned/Deployment/&& touch owned16: retarget: ns&& touch owned/Deployment/&& touch owned16
# expected 1 min 30 s; can be taken back
step_51() {
  retarget \
      "$namespace_17" "$kind_17" "$name_17" \
      "$here/patches/ns-touch-owned-deployment-touch-owned16-70729413.json" \
      ''
}

# 51. retarget-16-ns&& touch owned/Deployment/&& touch owned16: takes step 51 back
undo_51() {
  restore_template \
      "$namespace_17" "$kind_17" "$name_17" \
      "$here/patches/ns-touch-owned-deployment-touch-owned16-70729413.back.json"
}

# 52. retarget-17-ns# no comment/Deployment/# no comment17: retarget: ns# no comment/Deployment/# no comment17
# expected 1 min 30 s; can be taken back
step_52() {
  retarget \
      "$namespace_18" "$kind_18" "$name_18" \
      "$here/patches/ns-no-comment-deployment-no-comment17-7257869c.json" \
      "$here/manifests/ns-no-comment-deployment-no-comment17-7257869c.yaml"
}

# 52. retarget-17-ns# no comment/Deployment/# no comment17: takes step 52 back
undo_52() {
  restore_template \
      "$namespace_18" "$kind_18" "$name_18" \
      "$here/patches/ns-no-comment-deployment-no-comment17-7257869c.back.json"
}

# 53. retarget-18-ns!history/Deployment/!history18: retarget: ns!history/Deployment/!history18
# expected 1 min 30 s; can be taken back
step_53() {
  retarget \
      "$namespace_19" "$kind_19" "$name_19" \
      "$here/patches/ns-history-deployment-history18-8928c8e3.json" \
      ''
}

# 53. retarget-18-ns!history/Deployment/!history18: takes step 53 back
undo_53() {
  restore_template \
      "$namespace_19" "$kind_19" "$name_19" \
      "$here/patches/ns-history-deployment-history18-8928c8e3.back.json"
}

# 54. retarget-19-ns~root/Deployment/~root19: retarget: ns~root/Deployment/~root19
# expected 1 min 30 s; can be taken back
step_54() {
  retarget \
      "$namespace_20" "$kind_20" "$name_20" \
      "$here/patches/ns-root-deployment-root19-dee10650.json" \
      "$here/manifests/ns-root-deployment-root19-dee10650.yaml"
}

# 54. retarget-19-ns~root/Deployment/~root19: takes step 54 back
undo_54() {
  restore_template \
      "$namespace_20" "$kind_20" "$name_20" \
      "$here/patches/ns-root-deployment-root19-dee10650.back.json"
}

# 55. retarget-20-nsgröße-漢字-🚢/Deployment/größe-漢字-🚢20: retarget: nsgröße-漢字-🚢/Deployment/größe-漢字-🚢20
# expected 1 min 30 s; can be taken back
step_55() {
  retarget \
      "$namespace_21" "$kind_21" "$name_21" \
      "$here/patches/nsgr-e-deployment-gr-e-20-0e65231e.json" \
      ''
}

# 55. retarget-20-nsgröße-漢字-🚢/Deployment/größe-漢字-🚢20: takes step 55 back
undo_55() {
  restore_template \
      "$namespace_21" "$kind_21" "$name_21" \
      "$here/patches/nsgr-e-deployment-gr-e-20-0e65231e.back.json"
}

# 56. retarget-21-ns\x202egnp/Deployment/\x202egnp21: retarget: ns\x202egnp/Deployment/\x202egnp21
# expected 1 min 30 s; can be taken back
step_56() {
  retarget \
      "$namespace_22" "$kind_22" "$name_22" \
      "$here/patches/ns-gnp-deployment-gnp21-4d3babd8.json" \
      "$here/manifests/ns-gnp-deployment-gnp21-4d3babd8.yaml"
}

# 56. retarget-21-ns\x202egnp/Deployment/\x202egnp21: takes step 56 back
undo_56() {
  restore_template \
      "$namespace_22" "$kind_22" "$name_22" \
      "$here/patches/ns-gnp-deployment-gnp21-4d3babd8.back.json"
}

# 57. retarget-22-ns<b>&amp;<-b>/Deployment/<b>&amp;<-b>22: retarget: ns<b>&amp;<-b>/Deployment/<b>&amp;<-b>22
# expected 1 min 30 s; can be taken back
step_57() {
  retarget \
      "$namespace_23" "$kind_23" "$name_23" \
      "$here/patches/ns-b-amp-b-deployment-b-amp-b-22-164298d4.json" \
      ''
}

# 57. retarget-22-ns<b>&amp;<-b>/Deployment/<b>&amp;<-b>22: takes step 57 back
undo_57() {
  restore_template \
      "$namespace_23" "$kind_23" "$name_23" \
      "$here/patches/ns-b-amp-b-deployment-b-amp-b-22-164298d4.back.json"
}

# 58. retarget-23-ns[x](javascript:alert)/Deployment/[x](javascript:alert)23: retarget: ns[x](javascript:alert)/Deployment/[x](javascript:alert)23
# expected 1 min 30 s; can be taken back
step_58() {
  retarget \
      "$namespace_24" "$kind_24" "$name_24" \
      "$here/patches/ns-x-javascript-alert-deployment-x-javascript-alert-23-72bce431.json" \
      "$here/manifests/ns-x-javascript-alert-deployment-x-javascript-alert-23-72bce431.yaml"
}

# 58. retarget-23-ns[x](javascript:alert)/Deployment/[x](javascript:alert)23: takes step 58 back
undo_58() {
  restore_template \
      "$namespace_24" "$kind_24" "$name_24" \
      "$here/patches/ns-x-javascript-alert-deployment-x-javascript-alert-23-72bce431.back.json"
}

# 59. retarget-24-ns%s%n%d/Deployment/%s%n%d24: retarget: ns%s%n%d/Deployment/%s%n%d24
# expected 1 min 30 s; can be taken back
step_59() {
  retarget \
      "$namespace_25" "$kind_25" "$name_25" \
      "$here/patches/ns-s-n-d-deployment-s-n-d24-fd3d6eea.json" \
      ''
}

# 59. retarget-24-ns%s%n%d/Deployment/%s%n%d24: takes step 59 back
undo_59() {
  restore_template \
      "$namespace_25" "$kind_25" "$name_25" \
      "$here/patches/ns-s-n-d-deployment-s-n-d24-fd3d6eea.back.json"
}

# 60. retarget-25-ns@owned/Deployment/@owned25: retarget: ns@owned/Deployment/@owned25
# expected 1 min 30 s; can be taken back
step_60() {
  retarget \
      "$namespace_26" "$kind_26" "$name_26" \
      "$here/patches/ns-owned-deployment-owned25-52ccd3af.json" \
      "$here/manifests/ns-owned-deployment-owned25-52ccd3af.yaml"
}

# 60. retarget-25-ns@owned/Deployment/@owned25: takes step 60 back
undo_60() {
  restore_template \
      "$namespace_26" "$kind_26" "$name_26" \
      "$here/patches/ns-owned-deployment-owned25-52ccd3af.back.json"
}

# 61. lift-guard-poolws: take the guard taint off poolws
# expected 8 s; can be taken back
step_61() {
  lift_guard "$green_1" '--aks-custom-headers=UseWindowsGen2VM=true'
  wait_for_pool "$green_1"
}

# 62. drain-wspool: cordon wspool, move 0 pods of 0 workloads
# expected 5 s; can be taken back
step_62() {
  check_planned "$blue_1"
  cordon_pool "$blue_1"
  check_empty "$blue_1"
}

# 62. drain-wspool: takes step 62 back
undo_62() {
  uncordon_pool "$blue_1"
}

# 63. verify-wspool: every moved workload is ready on green
# expected 5 s; can be taken back
step_63() {
  assign_identities "$green_1" "${identities_1[@]}"
  check_workloads
}

# 64. soak-wspool: 3600 s without a fault on green
# expected 1 h; can be taken back
step_64() {
  soak "$seconds_64"
}

# 65. unbalance-wspool: wspool leaves the load balancers and its connections end
# nothing to do: line break
step_65() {
  say '  nothing to do: line break'
}

# 66. delete-wspool: delete wspool
# expected 54 s; gate delete-wspool; cannot be taken back
step_66() {
  check_empty "$blue_1"
  delete_pool "$blue_1" "$owner_1"
}

# 67. restore: take the run's marks off, restore holds
# expected 5 s; can be taken back
step_67() {
  remove_marks "$namespace_1" "$kind_1" "$name_1"
  remove_marks "$namespace_2" "$kind_2" "$name_2"
  remove_marks "$namespace_3" "$kind_3" "$name_3"
  remove_marks "$namespace_4" "$kind_4" "$name_4"
  remove_marks "$namespace_5" "$kind_5" "$name_5"
  remove_marks "$namespace_6" "$kind_6" "$name_6"
  remove_marks "$namespace_7" "$kind_7" "$name_7"
  remove_marks "$namespace_8" "$kind_8" "$name_8"
  remove_marks "$namespace_9" "$kind_9" "$name_9"
  remove_marks "$namespace_10" "$kind_10" "$name_10"
  remove_marks "$namespace_11" "$kind_11" "$name_11"
  remove_marks "$namespace_12" "$kind_12" "$name_12"
  remove_marks "$namespace_13" "$kind_13" "$name_13"
  remove_marks "$namespace_14" "$kind_14" "$name_14"
  remove_marks "$namespace_15" "$kind_15" "$name_15"
  remove_marks "$namespace_16" "$kind_16" "$name_16"
  remove_marks "$namespace_17" "$kind_17" "$name_17"
  remove_marks "$namespace_18" "$kind_18" "$name_18"
  remove_marks "$namespace_19" "$kind_19" "$name_19"
  remove_marks "$namespace_20" "$kind_20" "$name_20"
  remove_marks "$namespace_21" "$kind_21" "$name_21"
  remove_marks "$namespace_22" "$kind_22" "$name_22"
  remove_marks "$namespace_23" "$kind_23" "$name_23"
  remove_marks "$namespace_24" "$kind_24" "$name_24"
  remove_marks "$namespace_25" "$kind_25" "$name_25"
  remove_marks "$namespace_26" "$kind_26" "$name_26"
  set_autoscaler "$green_1" 1 5 '--aks-custom-headers=UseWindowsGen2VM=true'
  assign_identities "$green_1" "${identities_1[@]}"
  release_nodes "$blue_1"
  release_nodes "$green_1"
}

# 68. prove-wspool: nothing names wspool any more
# expected 1 s; can be taken back
step_68() {
  check_names "$blue_1"
}

# 69. final-check: pools, nodes, workloads as planned
# expected 1 s; can be taken back
step_69() {
  check_green "$green_1" "$target_sku" "$build_1"
  check_workloads
}

# What is not well with the moved workloads, a line each; nothing when all is.
all_trouble() {
  workload_trouble "$namespace_1" "$kind_1" "$name_1" &&
    workload_trouble "$namespace_2" "$kind_2" "$name_2" &&
    workload_trouble "$namespace_3" "$kind_3" "$name_3" &&
    workload_trouble "$namespace_4" "$kind_4" "$name_4" &&
    workload_trouble "$namespace_5" "$kind_5" "$name_5" &&
    workload_trouble "$namespace_6" "$kind_6" "$name_6" &&
    workload_trouble "$namespace_7" "$kind_7" "$name_7" &&
    workload_trouble "$namespace_8" "$kind_8" "$name_8" &&
    workload_trouble "$namespace_9" "$kind_9" "$name_9" &&
    workload_trouble "$namespace_10" "$kind_10" "$name_10" &&
    workload_trouble "$namespace_11" "$kind_11" "$name_11" &&
    workload_trouble "$namespace_12" "$kind_12" "$name_12" &&
    workload_trouble "$namespace_13" "$kind_13" "$name_13" &&
    workload_trouble "$namespace_14" "$kind_14" "$name_14" &&
    workload_trouble "$namespace_15" "$kind_15" "$name_15" &&
    workload_trouble "$namespace_16" "$kind_16" "$name_16" &&
    workload_trouble "$namespace_17" "$kind_17" "$name_17" &&
    workload_trouble "$namespace_18" "$kind_18" "$name_18" &&
    workload_trouble "$namespace_19" "$kind_19" "$name_19" &&
    workload_trouble "$namespace_20" "$kind_20" "$name_20" &&
    workload_trouble "$namespace_21" "$kind_21" "$name_21" &&
    workload_trouble "$namespace_22" "$kind_22" "$name_22" &&
    workload_trouble "$namespace_23" "$kind_23" "$name_23" &&
    workload_trouble "$namespace_24" "$kind_24" "$name_24" &&
    workload_trouble "$namespace_25" "$kind_25" "$name_25" &&
    workload_trouble "$namespace_26" "$kind_26" "$name_26"
}

# Takes one step.
take_step() {
  case $1 in
    1)
      say '[1/69] preflight: send every write as a dry run'
      step_1
      ;;
    2)
      say '[2/69] features: features that the target asks for'
      step_2
      ;;
    3)
      say '[3/69] hold: hold autoscaler and auto-upgrade'
      step_3
      ;;
    4)
      say '[4/69] control-plane: the control plane is new enough for the target'
      step_4
      ;;
    5)
      say '[5/69] create-poolws: create poolws: Windows2022, 3 nodes of Standard_D2s_v3'
      step_5
      ;;
    6)
      say '[6/69] ready-poolws: all nodes of poolws are Ready and their DaemonSet pods run'
      step_6
      ;;
    7)
      say '[7/69] identity-poolws: 0 identities of wspool'\''s scale set on poolws'\''s'
      step_7
      ;;
    8)
      say '[8/69] pre-pull-poolws: pull 1 new image on poolws and start each once'
      step_8
      ;;
    9)
      say '[9/69] canary-0: one pod of nsit'\''s/Deployment/it'\''s0'
      step_9
      ;;
    10)
      say '[10/69] canary-1: one pod of nssay "hi"/Deployment/say "hi"1'
      step_10
      ;;
    11)
      say '[11/69] canary-2: one pod of ns$(touch owned)/Deployment/$(touch owned)2'
      step_11
      ;;
    12)
      say '[12/69] canary-3: one pod of ns`touch owned`/Deployment/`touch owned`3'
      step_12
      ;;
    13)
      say '[13/69] canary-4: one pod of nsa b c/Deployment/a b c4'
      step_13
      ;;
    14)
      say '[14/69] canary-5: one pod of nsline break/Deployment/line break5'
      step_14
      ;;
    15)
      say '[15/69] canary-6: one pod of nstab bed/Deployment/tab bed6'
      step_15
      ;;
    16)
      say '[16/69] canary-7: one pod of ns-rf/Deployment/-rf7'
      step_16
      ;;
    17)
      say '[17/69] canary-8: one pod of ns--output=json/Deployment/--output=json8'
      step_17
      ;;
    18)
      say '[18/69] canary-9: one pod of nsEOF/Deployment/EOF9'
      step_18
      ;;
    19)
      say '[19/69] canary-10: one pod of nsPOOLSHIFT_END/Deployment/POOLSHIFT_END10'
      step_19
      ;;
    20)
      say '[20/69] canary-11: one pod of nsback\slash/Deployment/back\slash11'
      step_20
      ;;
    21)
      say '[21/69] canary-12: one pod of ns$HOME ${IFS} $1/Deployment/$HOME ${IFS} $112'
      step_21
      ;;
    22)
      say '[22/69] canary-13: one pod of ns*?[a-z]{1,2}/Deployment/*?[a-z]{1,2}13'
      step_22
      ;;
    23)
      say '[23/69] canary-14: one pod of ns; touch owned;/Deployment/; touch owned;14'
      step_23
      ;;
    24)
      say '[24/69] canary-15: one pod of ns| tee owned/Deployment/| tee owned15'
      step_24
      ;;
    25)
      say '[25/69] canary-16: one pod of ns&& touch owned/Deployment/&& touch owned16'
      step_25
      ;;
    26)
      say '[26/69] canary-17: one pod of ns# no comment/Deployment/# no comment17'
      step_26
      ;;
    27)
      say '[27/69] canary-18: one pod of ns!history/Deployment/!history18'
      step_27
      ;;
    28)
      say '[28/69] canary-19: one pod of ns~root/Deployment/~root19'
      step_28
      ;;
    29)
      say '[29/69] canary-20: one pod of nsgröße-漢字-🚢/Deployment/größe-漢字-🚢20'
      step_29
      ;;
    30)
      say '[30/69] canary-21: one pod of ns\x202egnp/Deployment/\x202egnp21'
      step_30
      ;;
    31)
      say '[31/69] canary-22: one pod of ns<b>&amp;<-b>/Deployment/<b>&amp;<-b>22'
      step_31
      ;;
    32)
      say '[32/69] canary-23: one pod of ns[x](javascript:alert)/Deployment/[x](javascript:alert)23'
      step_32
      ;;
    33)
      say '[33/69] canary-24: one pod of ns%s%n%d/Deployment/%s%n%d24'
      step_33
      ;;
    34)
      say '[34/69] canary-25: one pod of ns@owned/Deployment/@owned25'
      step_34
      ;;
    35)
      say '[35/69] retarget-0-nsit'\''s/Deployment/it'\''s0: retarget: nsit'\''s/Deployment/it'\''s0'
      step_35
      ;;
    36)
      say '[36/69] retarget-1-nssay "hi"/Deployment/say "hi"1: retarget: nssay "hi"/Deployment/say "hi"1'
      step_36
      ;;
    37)
      say '[37/69] retarget-2-ns$(touch owned)/Deployment/$(touch owned)2: retarget: ns$(touch owned)/Deployment/$(touch owned)2'
      step_37
      ;;
    38)
      say '[38/69] retarget-3-ns`touch owned`/Deployment/`touch owned`3: retarget: ns`touch owned`/Deployment/`touch owned`3'
      step_38
      ;;
    39)
      say '[39/69] retarget-4-nsa b c/Deployment/a b c4: retarget: nsa b c/Deployment/a b c4'
      step_39
      ;;
    40)
      say '[40/69] retarget-5-nsline break/Deployment/line break5: retarget: nsline break/Deployment/line break5'
      step_40
      ;;
    41)
      say '[41/69] retarget-6-nstab bed/Deployment/tab bed6: retarget: nstab bed/Deployment/tab bed6'
      step_41
      ;;
    42)
      say '[42/69] retarget-7-ns-rf/Deployment/-rf7: retarget: ns-rf/Deployment/-rf7'
      step_42
      ;;
    43)
      say '[43/69] retarget-8-ns--output=json/Deployment/--output=json8: retarget: ns--output=json/Deployment/--output=json8'
      step_43
      ;;
    44)
      say '[44/69] retarget-9-nsEOF/Deployment/EOF9: retarget: nsEOF/Deployment/EOF9'
      step_44
      ;;
    45)
      say '[45/69] retarget-10-nsPOOLSHIFT_END/Deployment/POOLSHIFT_END10: retarget: nsPOOLSHIFT_END/Deployment/POOLSHIFT_END10'
      step_45
      ;;
    46)
      say '[46/69] retarget-11-nsback\slash/Deployment/back\slash11: retarget: nsback\slash/Deployment/back\slash11'
      step_46
      ;;
    47)
      say '[47/69] retarget-12-ns$HOME ${IFS} $1/Deployment/$HOME ${IFS} $112: retarget: ns$HOME ${IFS} $1/Deployment/$HOME ${IFS} $112'
      step_47
      ;;
    48)
      say '[48/69] retarget-13-ns*?[a-z]{1,2}/Deployment/*?[a-z]{1,2}13: retarget: ns*?[a-z]{1,2}/Deployment/*?[a-z]{1,2}13'
      step_48
      ;;
    49)
      say '[49/69] retarget-14-ns; touch owned;/Deployment/; touch owned;14: retarget: ns; touch owned;/Deployment/; touch owned;14'
      step_49
      ;;
    50)
      say '[50/69] retarget-15-ns| tee owned/Deployment/| tee owned15: retarget: ns| tee owned/Deployment/| tee owned15'
      step_50
      ;;
    51)
      say '[51/69] retarget-16-ns&& touch owned/Deployment/&& touch owned16: retarget: ns&& touch owned/Deployment/&& touch owned16'
      step_51
      ;;
    52)
      say '[52/69] retarget-17-ns# no comment/Deployment/# no comment17: retarget: ns# no comment/Deployment/# no comment17'
      step_52
      ;;
    53)
      say '[53/69] retarget-18-ns!history/Deployment/!history18: retarget: ns!history/Deployment/!history18'
      step_53
      ;;
    54)
      say '[54/69] retarget-19-ns~root/Deployment/~root19: retarget: ns~root/Deployment/~root19'
      step_54
      ;;
    55)
      say '[55/69] retarget-20-nsgröße-漢字-🚢/Deployment/größe-漢字-🚢20: retarget: nsgröße-漢字-🚢/Deployment/größe-漢字-🚢20'
      step_55
      ;;
    56)
      say '[56/69] retarget-21-ns\x202egnp/Deployment/\x202egnp21: retarget: ns\x202egnp/Deployment/\x202egnp21'
      step_56
      ;;
    57)
      say '[57/69] retarget-22-ns<b>&amp;<-b>/Deployment/<b>&amp;<-b>22: retarget: ns<b>&amp;<-b>/Deployment/<b>&amp;<-b>22'
      step_57
      ;;
    58)
      say '[58/69] retarget-23-ns[x](javascript:alert)/Deployment/[x](javascript:alert)23: retarget: ns[x](javascript:alert)/Deployment/[x](javascript:alert)23'
      step_58
      ;;
    59)
      say '[59/69] retarget-24-ns%s%n%d/Deployment/%s%n%d24: retarget: ns%s%n%d/Deployment/%s%n%d24'
      step_59
      ;;
    60)
      say '[60/69] retarget-25-ns@owned/Deployment/@owned25: retarget: ns@owned/Deployment/@owned25'
      step_60
      ;;
    61)
      say '[61/69] lift-guard-poolws: take the guard taint off poolws'
      step_61
      ;;
    62)
      say '[62/69] drain-wspool: cordon wspool, move 0 pods of 0 workloads'
      step_62
      ;;
    63)
      say '[63/69] verify-wspool: every moved workload is ready on green'
      step_63
      ;;
    64)
      say '[64/69] soak-wspool: 3600 s without a fault on green'
      step_64
      ;;
    65)
      say '[65/69] unbalance-wspool: wspool leaves the load balancers and its connections end'
      step_65
      ;;
    66)
      say '[66/69] delete-wspool: delete wspool'
      step_66
      ;;
    67)
      say '[67/69] restore: take the run'\''s marks off, restore holds'
      step_67
      ;;
    68)
      say '[68/69] prove-wspool: nothing names wspool any more'
      step_68
      ;;
    69)
      say '[69/69] final-check: pools, nodes, workloads as planned'
      step_69
      ;;
  esac
}

# Takes one step back.
undo_step() {
  case $1 in
    5) undo_5 ;;
    8) undo_8 ;;
    9) undo_9 ;;
    10) undo_10 ;;
    11) undo_11 ;;
    12) undo_12 ;;
    13) undo_13 ;;
    14) undo_14 ;;
    15) undo_15 ;;
    16) undo_16 ;;
    17) undo_17 ;;
    18) undo_18 ;;
    19) undo_19 ;;
    20) undo_20 ;;
    21) undo_21 ;;
    22) undo_22 ;;
    23) undo_23 ;;
    24) undo_24 ;;
    25) undo_25 ;;
    26) undo_26 ;;
    27) undo_27 ;;
    28) undo_28 ;;
    29) undo_29 ;;
    30) undo_30 ;;
    31) undo_31 ;;
    32) undo_32 ;;
    33) undo_33 ;;
    34) undo_34 ;;
    35) undo_35 ;;
    36) undo_36 ;;
    37) undo_37 ;;
    38) undo_38 ;;
    39) undo_39 ;;
    40) undo_40 ;;
    41) undo_41 ;;
    42) undo_42 ;;
    43) undo_43 ;;
    44) undo_44 ;;
    45) undo_45 ;;
    46) undo_46 ;;
    47) undo_47 ;;
    48) undo_48 ;;
    49) undo_49 ;;
    50) undo_50 ;;
    51) undo_51 ;;
    52) undo_52 ;;
    53) undo_53 ;;
    54) undo_54 ;;
    55) undo_55 ;;
    56) undo_56 ;;
    57) undo_57 ;;
    58) undo_58 ;;
    59) undo_59 ;;
    60) undo_60 ;;
    62) undo_62 ;;
    *) say "step $1 leaves nothing to take back, or has no way back" ;;
  esac
}

# Every step with its number.
list_steps() {
  printf '%s\n' '  1  preflight: send every write as a dry run'
  printf '%s\n' '       expected 5 s; can be taken back'
  printf '%s\n' '  2  features: features that the target asks for'
  printf '%s\n' '       nothing to do: Windows2022 needs no feature registration'
  printf '%s\n' '  3  hold: hold autoscaler and auto-upgrade'
  printf '%s\n' '       nothing to do: no autoscaler and no auto-upgrade channel is on'
  printf '%s\n' '  4  control-plane: the control plane is new enough for the target'
  printf '%s\n' '       nothing to do: it is new enough'
  printf '%s\n' '  5  create-poolws: create poolws: Windows2022, 3 nodes of Standard_D2s_v3'
  printf '%s\n' '       expected 5 min 5 s; can be taken back'
  printf '%s\n' '  6  ready-poolws: all nodes of poolws are Ready and their DaemonSet pods run'
  printf '%s\n' '       expected 5 min 32 s; can be taken back'
  printf '%s\n' '  7  identity-poolws: 0 identities of wspool'\''s scale set on poolws'\''s'
  printf '%s\n' '       nothing to do: the scale set of wspool has no identities of its own'
  printf '%s\n' '  8  pre-pull-poolws: pull 1 new image on poolws and start each once'
  printf '%s\n' '       expected 3 min 18 s; can be taken back'
  printf '%s\n' '  9  canary-0: one pod of nsit'\''s/Deployment/it'\''s0'
  printf '%s\n' '       expected 15 min 30 s; can be taken back'
  printf '%s\n' ' 10  canary-1: one pod of nssay "hi"/Deployment/say "hi"1'
  printf '%s\n' '       expected 15 min 30 s; can be taken back'
  printf '%s\n' ' 11  canary-2: one pod of ns$(touch owned)/Deployment/$(touch owned)2'
  printf '%s\n' '       expected 15 min 30 s; can be taken back'
  printf '%s\n' ' 12  canary-3: one pod of ns`touch owned`/Deployment/`touch owned`3'
  printf '%s\n' '       expected 15 min 30 s; can be taken back'
  printf '%s\n' ' 13  canary-4: one pod of nsa b c/Deployment/a b c4'
  printf '%s\n' '       expected 15 min 30 s; can be taken back'
  printf '%s\n' ' 14  canary-5: one pod of nsline break/Deployment/line break5'
  printf '%s\n' '       expected 15 min 30 s; can be taken back'
  printf '%s\n' ' 15  canary-6: one pod of nstab bed/Deployment/tab bed6'
  printf '%s\n' '       expected 15 min 30 s; can be taken back'
  printf '%s\n' ' 16  canary-7: one pod of ns-rf/Deployment/-rf7'
  printf '%s\n' '       expected 15 min 30 s; can be taken back'
  printf '%s\n' ' 17  canary-8: one pod of ns--output=json/Deployment/--output=json8'
  printf '%s\n' '       expected 15 min 30 s; can be taken back'
  printf '%s\n' ' 18  canary-9: one pod of nsEOF/Deployment/EOF9'
  printf '%s\n' '       expected 15 min 30 s; can be taken back'
  printf '%s\n' ' 19  canary-10: one pod of nsPOOLSHIFT_END/Deployment/POOLSHIFT_END10'
  printf '%s\n' '       expected 15 min 30 s; can be taken back'
  printf '%s\n' ' 20  canary-11: one pod of nsback\slash/Deployment/back\slash11'
  printf '%s\n' '       expected 15 min 30 s; can be taken back'
  printf '%s\n' ' 21  canary-12: one pod of ns$HOME ${IFS} $1/Deployment/$HOME ${IFS} $112'
  printf '%s\n' '       expected 15 min 30 s; can be taken back'
  printf '%s\n' ' 22  canary-13: one pod of ns*?[a-z]{1,2}/Deployment/*?[a-z]{1,2}13'
  printf '%s\n' '       expected 15 min 30 s; can be taken back'
  printf '%s\n' ' 23  canary-14: one pod of ns; touch owned;/Deployment/; touch owned;14'
  printf '%s\n' '       expected 15 min 30 s; can be taken back'
  printf '%s\n' ' 24  canary-15: one pod of ns| tee owned/Deployment/| tee owned15'
  printf '%s\n' '       expected 15 min 30 s; can be taken back'
  printf '%s\n' ' 25  canary-16: one pod of ns&& touch owned/Deployment/&& touch owned16'
  printf '%s\n' '       expected 15 min 30 s; can be taken back'
  printf '%s\n' ' 26  canary-17: one pod of ns# no comment/Deployment/# no comment17'
  printf '%s\n' '       expected 15 min 30 s; can be taken back'
  printf '%s\n' ' 27  canary-18: one pod of ns!history/Deployment/!history18'
  printf '%s\n' '       expected 15 min 30 s; can be taken back'
  printf '%s\n' ' 28  canary-19: one pod of ns~root/Deployment/~root19'
  printf '%s\n' '       expected 15 min 30 s; can be taken back'
  printf '%s\n' ' 29  canary-20: one pod of nsgröße-漢字-🚢/Deployment/größe-漢字-🚢20'
  printf '%s\n' '       expected 15 min 30 s; can be taken back'
  printf '%s\n' ' 30  canary-21: one pod of ns\x202egnp/Deployment/\x202egnp21'
  printf '%s\n' '       expected 15 min 30 s; can be taken back'
  printf '%s\n' ' 31  canary-22: one pod of ns<b>&amp;<-b>/Deployment/<b>&amp;<-b>22'
  printf '%s\n' '       expected 15 min 30 s; can be taken back'
  printf '%s\n' ' 32  canary-23: one pod of ns[x](javascript:alert)/Deployment/[x](javascript:alert)23'
  printf '%s\n' '       expected 15 min 30 s; can be taken back'
  printf '%s\n' ' 33  canary-24: one pod of ns%s%n%d/Deployment/%s%n%d24'
  printf '%s\n' '       expected 15 min 30 s; can be taken back'
  printf '%s\n' ' 34  canary-25: one pod of ns@owned/Deployment/@owned25'
  printf '%s\n' '       expected 15 min 30 s; can be taken back'
  printf '%s\n' ' 35  retarget-0-nsit'\''s/Deployment/it'\''s0: retarget: nsit'\''s/Deployment/it'\''s0'
  printf '%s\n' '       expected 1 min 30 s; can be taken back'
  printf '%s\n' ' 36  retarget-1-nssay "hi"/Deployment/say "hi"1: retarget: nssay "hi"/Deployment/say "hi"1'
  printf '%s\n' '       expected 1 min 30 s; can be taken back'
  printf '%s\n' ' 37  retarget-2-ns$(touch owned)/Deployment/$(touch owned)2: retarget: ns$(touch owned)/Deployment/$(touch owned)2'
  printf '%s\n' '       expected 1 min 30 s; can be taken back'
  printf '%s\n' ' 38  retarget-3-ns`touch owned`/Deployment/`touch owned`3: retarget: ns`touch owned`/Deployment/`touch owned`3'
  printf '%s\n' '       expected 1 min 30 s; can be taken back'
  printf '%s\n' ' 39  retarget-4-nsa b c/Deployment/a b c4: retarget: nsa b c/Deployment/a b c4'
  printf '%s\n' '       expected 1 min 30 s; can be taken back'
  printf '%s\n' ' 40  retarget-5-nsline break/Deployment/line break5: retarget: nsline break/Deployment/line break5'
  printf '%s\n' '       expected 1 min 30 s; can be taken back'
  printf '%s\n' ' 41  retarget-6-nstab bed/Deployment/tab bed6: retarget: nstab bed/Deployment/tab bed6'
  printf '%s\n' '       expected 1 min 30 s; can be taken back'
  printf '%s\n' ' 42  retarget-7-ns-rf/Deployment/-rf7: retarget: ns-rf/Deployment/-rf7'
  printf '%s\n' '       expected 1 min 30 s; can be taken back'
  printf '%s\n' ' 43  retarget-8-ns--output=json/Deployment/--output=json8: retarget: ns--output=json/Deployment/--output=json8'
  printf '%s\n' '       expected 1 min 30 s; can be taken back'
  printf '%s\n' ' 44  retarget-9-nsEOF/Deployment/EOF9: retarget: nsEOF/Deployment/EOF9'
  printf '%s\n' '       expected 1 min 30 s; can be taken back'
  printf '%s\n' ' 45  retarget-10-nsPOOLSHIFT_END/Deployment/POOLSHIFT_END10: retarget: nsPOOLSHIFT_END/Deployment/POOLSHIFT_END10'
  printf '%s\n' '       expected 1 min 30 s; can be taken back'
  printf '%s\n' ' 46  retarget-11-nsback\slash/Deployment/back\slash11: retarget: nsback\slash/Deployment/back\slash11'
  printf '%s\n' '       expected 1 min 30 s; can be taken back'
  printf '%s\n' ' 47  retarget-12-ns$HOME ${IFS} $1/Deployment/$HOME ${IFS} $112: retarget: ns$HOME ${IFS} $1/Deployment/$HOME ${IFS} $112'
  printf '%s\n' '       expected 1 min 30 s; can be taken back'
  printf '%s\n' ' 48  retarget-13-ns*?[a-z]{1,2}/Deployment/*?[a-z]{1,2}13: retarget: ns*?[a-z]{1,2}/Deployment/*?[a-z]{1,2}13'
  printf '%s\n' '       expected 1 min 30 s; can be taken back'
  printf '%s\n' ' 49  retarget-14-ns; touch owned;/Deployment/; touch owned;14: retarget: ns; touch owned;/Deployment/; touch owned;14'
  printf '%s\n' '       expected 1 min 30 s; can be taken back'
  printf '%s\n' ' 50  retarget-15-ns| tee owned/Deployment/| tee owned15: retarget: ns| tee owned/Deployment/| tee owned15'
  printf '%s\n' '       expected 1 min 30 s; can be taken back'
  printf '%s\n' ' 51  retarget-16-ns&& touch owned/Deployment/&& touch owned16: retarget: ns&& touch owned/Deployment/&& touch owned16'
  printf '%s\n' '       expected 1 min 30 s; can be taken back'
  printf '%s\n' ' 52  retarget-17-ns# no comment/Deployment/# no comment17: retarget: ns# no comment/Deployment/# no comment17'
  printf '%s\n' '       expected 1 min 30 s; can be taken back'
  printf '%s\n' ' 53  retarget-18-ns!history/Deployment/!history18: retarget: ns!history/Deployment/!history18'
  printf '%s\n' '       expected 1 min 30 s; can be taken back'
  printf '%s\n' ' 54  retarget-19-ns~root/Deployment/~root19: retarget: ns~root/Deployment/~root19'
  printf '%s\n' '       expected 1 min 30 s; can be taken back'
  printf '%s\n' ' 55  retarget-20-nsgröße-漢字-🚢/Deployment/größe-漢字-🚢20: retarget: nsgröße-漢字-🚢/Deployment/größe-漢字-🚢20'
  printf '%s\n' '       expected 1 min 30 s; can be taken back'
  printf '%s\n' ' 56  retarget-21-ns\x202egnp/Deployment/\x202egnp21: retarget: ns\x202egnp/Deployment/\x202egnp21'
  printf '%s\n' '       expected 1 min 30 s; can be taken back'
  printf '%s\n' ' 57  retarget-22-ns<b>&amp;<-b>/Deployment/<b>&amp;<-b>22: retarget: ns<b>&amp;<-b>/Deployment/<b>&amp;<-b>22'
  printf '%s\n' '       expected 1 min 30 s; can be taken back'
  printf '%s\n' ' 58  retarget-23-ns[x](javascript:alert)/Deployment/[x](javascript:alert)23: retarget: ns[x](javascript:alert)/Deployment/[x](javascript:alert)23'
  printf '%s\n' '       expected 1 min 30 s; can be taken back'
  printf '%s\n' ' 59  retarget-24-ns%s%n%d/Deployment/%s%n%d24: retarget: ns%s%n%d/Deployment/%s%n%d24'
  printf '%s\n' '       expected 1 min 30 s; can be taken back'
  printf '%s\n' ' 60  retarget-25-ns@owned/Deployment/@owned25: retarget: ns@owned/Deployment/@owned25'
  printf '%s\n' '       expected 1 min 30 s; can be taken back'
  printf '%s\n' ' 61  lift-guard-poolws: take the guard taint off poolws'
  printf '%s\n' '       expected 8 s; can be taken back'
  printf '%s\n' ' 62  drain-wspool: cordon wspool, move 0 pods of 0 workloads'
  printf '%s\n' '       expected 5 s; can be taken back'
  printf '%s\n' ' 63  verify-wspool: every moved workload is ready on green'
  printf '%s\n' '       expected 5 s; can be taken back'
  printf '%s\n' ' 64  soak-wspool: 3600 s without a fault on green'
  printf '%s\n' '       expected 1 h; can be taken back'
  printf '%s\n' ' 65  unbalance-wspool: wspool leaves the load balancers and its connections end'
  printf '%s\n' '       nothing to do: line break'
  printf '%s\n' ' 66  delete-wspool: delete wspool'
  printf '%s\n' '       expected 54 s; gate delete-wspool; cannot be taken back'
  printf '%s\n' ' 67  restore: take the run'\''s marks off, restore holds'
  printf '%s\n' '       expected 5 s; can be taken back'
  printf '%s\n' ' 68  prove-wspool: nothing names wspool any more'
  printf '%s\n' '       expected 1 s; can be taken back'
  printf '%s\n' ' 69  final-check: pools, nodes, workloads as planned'
  printf '%s\n' '       expected 1 s; can be taken back'
}

# functions of the library:
#   say
#   already
#   fail
#   refuse
#   show
#   run
#   pause
#   wait_more
#   azure
#   kube
#   change
#   at_least
#   check_clients
#   check_cluster
#   wrong_context
#   lower
#   check_access
#   check_version
#   pool
#   check_blue
#   has_pool
#   blue_is_left
#   create_pool
#   wait_for_pool
#   nodes
#   node_names
#   wait_for_nodes
#   daemon_trouble
#   pods_on_node
#   pods_on_pool
#   assign_identities
#   lift_guard
#   set_autoscaler
#   release_nodes
#   cordon_pool
#   uncordon_pool
#   leave_load_balancers
#   check_empty
#   delete_pool
#   confirm
#   check_green
#   workload
#   is_retargeted
#   try_template
#   try_manifest
#   is_applied
#   check_manifest
#   eviction
#   evict
#   pods_of
#   ready_of
#   pods_of_on
#   may_miss
#   scaled
#   check_budgets
#   selector_of
#   pull_images
#   remove_helpers
#   change_template
#   canary
#   fresh_pod
#   watch_pod
#   release_rollout
#   retarget
#   restore_template
#   wait_for_rollout
#   send_back_strays
#   blue_takes_pods
#   check_planned
#   is_planned
#   is_surged
#   scale
#   workload_trouble
#   check_workloads
#   soak
#   remove_marks
#   check_names
#   usage
#   step_number
#   main
