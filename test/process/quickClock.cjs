'use strict';
// Loaded before a program: its clock goes ten times as fast, so that what it measures for a time takes a tenth of it.
const { performance } = require('node:perf_hooks');

const now = performance.now.bind(performance);
performance.now = () => 10 * now();
