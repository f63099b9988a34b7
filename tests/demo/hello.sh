#!/bin/sh
echo "$GREETING, $(whoami)!  I am process $$ in $(pwd) on $(hostname)."
