# What the simulated AWS holds, asked by curl: the AWS CLI takes a second to start. Loaded by the bats files.

ask() {
  local service=$1 call=$2 question=$3
  curl --silent --fail "$AWS_ENDPOINT_URL" --data "$question" --header "X-Amz-Target: $call" \
    --header "Content-Type: application/x-amz-json-1.1" \
    --header "Authorization: AWS4-HMAC-SHA256 Credential=testing/20260101/$AWS_REGION/$service/aws4_request"
}

ecs() { ask ecs "AmazonEC2ContainerServiceV20141113.$1" "$2"; }

# The revision that a service runs, such as: runs staging chat
runs() {
  ecs DescribeServices "{\"cluster\": \"omc-$1\", \"services\": [\"omc-$1-$2\"]}" | jq -r '.services[0].taskDefinition'
}

definition() { ecs DescribeTaskDefinition "{\"taskDefinition\": \"$1\"}" | jq .taskDefinition; }

image() { definition "$(runs "$1" "$2")" | jq -r '.containerDefinitions[0].image'; }

revisions() { ecs ListTaskDefinitions '{}' | jq '.taskDefinitionArns | length'; }

secret() { ask secretsmanager secretsmanager.GetSecretValue "{\"SecretId\": \"omc-staging/$1\"}" | jq -r .SecretString; }
